import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  anonymous,
  event,
  FakeContainer,
  FakeLocation,
  FakeStream,
  FakeWorker,
  SCRIPT,
} from "./fake-browser";

const EVIL = "https://app.example.com/uploads/evil.js";
const greeting = {
  version: "1.2.3",
  scope: "https://app.example.com/",
  basePath: "/auth",
};

/** As in the Trusted Types specification: only a policy can make one, and its text cannot be changed. */
class TrustedScriptURL {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  static textOf(value: unknown): string {
    if (typeof value !== "object" || value === null || !(#text in value)) {
      throw new TypeError("This document requires 'TrustedScriptURL' assignment.");
    }
    return value.#text;
  }
}

type Rule = (text: string) => string | null | undefined;

class TrustedTypePolicy {
  readonly #createScriptURL: Rule | undefined;
  constructor(rules: { createScriptURL?: Rule }) {
    this.#createScriptURL = rules.createScriptURL;
  }
  createScriptURL(text: string): TrustedScriptURL {
    if (!this.#createScriptURL) throw new TypeError("The policy has no createScriptURL.");
    return new TrustedScriptURL(String(this.#createScriptURL.call(null, String(text)) ?? ""));
  }
}

/** `trustedTypes` under the policy `trusted-types strongroom`. */
class TrustedTypePolicyFactory {
  readonly #names = new Set<string>();
  createPolicy(name: string, rules: Record<string, Rule>): TrustedTypePolicy {
    if (name !== "strongroom" || this.#names.has(name)) throw new TypeError(`Policy "${name}" disallowed.`);
    this.#names.add(name);
    // In the order in which browsers convert a dictionary.
    const [, , createScriptURL] = [rules.createHTML, rules.createScript, rules.createScriptURL];
    return new TrustedTypePolicy(createScriptURL ? { createScriptURL } : {});
  }
}

const PROTOTYPES = [TrustedTypePolicy.prototype, TrustedTypePolicyFactory.prototype, FakeContainer.prototype];
const genuine = PROTOTYPES.map((prototype) => Object.getOwnPropertyDescriptors(prototype));

let container: FakeContainer;
/** The URL of each service worker that was registered, and of each other worker that was started. */
let started: string[];
let connect: typeof import("../../src/page/connect").connect;

beforeEach(async () => {
  started = [];
  container = new FakeContainer();
  const { registered } = container;
  container.register = (url, options) => {
    started.push(TrustedScriptURL.textOf(url));
    return registered(url, options);
  };
  const worker = container.registration.activate(new FakeWorker("activated", greeting));
  container.controller = worker;
  vi.stubGlobal("navigator", { serviceWorker: container });
  const location = new FakeLocation();
  vi.stubGlobal("location", location);
  vi.stubGlobal("document", { baseURI: location.href });
  class FakeSharedWorker {
    constructor(url: unknown) {
      started.push(TrustedScriptURL.textOf(url));
    }
  }
  vi.stubGlobal("SharedWorker", FakeSharedWorker);
  vi.stubGlobal("fetch", async () => {
    const stream = new FakeStream();
    stream.write(event(anonymous));
    return stream.response;
  });
  vi.stubGlobal("trustedTypes", new TrustedTypePolicyFactory());
  vi.stubGlobal("TrustedTypePolicy", TrustedTypePolicy);
  vi.resetModules();
  ({ connect } = await import("../../src/page/connect"));
});
afterEach(() => {
  for (const [index, prototype] of PROTOTYPES.entries()) {
    Object.defineProperties(prototype, genuine[index] ?? {});
  }
  vi.unstubAllGlobals();
});

async function connectTo(worker: string): Promise<void> {
  (await connect({ worker })).close();
}

describe("script that comes after connect()", () => {
  /** The values that pass through functions that the script has replaced. */
  let caught: unknown[];

  /** Replaces every method that leads to a `TrustedScriptURL`. */
  function hook(): void {
    const wrap = (owner: object, name: string) => {
      const method = Reflect.get(owner, name);
      Object.defineProperty(owner, name, {
        configurable: true,
        writable: true,
        value(this: unknown, ...values: unknown[]) {
          caught.push(this, ...values);
          const result = Reflect.apply(method, this, values);
          caught.push(result);
          return result;
        },
      });
    };
    wrap(TrustedTypePolicy.prototype, "createScriptURL");
    wrap(TrustedTypePolicyFactory.prototype, "createPolicy");
    wrap(container, "register");
    for (const name of ["SharedWorker", "Worker"] as const) {
      vi.stubGlobal(name, function hooked(url: unknown) {
        caught.push(url);
      });
    }
  }

  beforeEach(async () => {
    caught = [];
    await connectTo("/vault-worker.js");
    expect(started).toEqual([SCRIPT, SCRIPT]);
  });

  it("cannot choose the worker by calling connect() again", async () => {
    hook();
    for (const evil of [EVIL, "/vault-worker.js?evil", "/uploads/../uploads/evil.js"]) {
      await expect(connectTo(evil)).rejects.toMatchObject({
        code: "already_connected",
        message: expect.stringContaining(SCRIPT),
      });
    }
    await expect(connect({ worker: "/vault-worker.js", scope: "/v" })).rejects.toMatchObject({
      code: "already_connected",
    });
    expect(started).toEqual([SCRIPT, SCRIPT]);
    expect(caught).toEqual([]);
  });

  it("cannot obtain the policy or a TrustedScriptURL by making the page connect again", async () => {
    hook();
    await connectTo("/vault-worker.js");
    await connectTo(SCRIPT);
    expect(caught).toEqual([]);
  });

  it("cannot create the policy for itself", () => {
    const { trustedTypes } = globalThis as unknown as { trustedTypes: TrustedTypePolicyFactory };
    expect(() => trustedTypes.createPolicy("strongroom", {})).toThrow(TypeError);
  });
});

describe("script that comes between the client's first evaluation and connect()", () => {
  it("gets no policy through methods that it has replaced", async () => {
    const caught: unknown[] = [];
    const method = TrustedTypePolicy.prototype.createScriptURL;
    TrustedTypePolicy.prototype.createScriptURL = function (this: TrustedTypePolicy, text) {
      caught.push(this);
      return method.call(this, text);
    };
    TrustedTypePolicyFactory.prototype.createPolicy = () => {
      throw new Error("replaced");
    };
    await connectTo("/vault-worker.js");
    expect(caught).toEqual([]);
    expect(started).toEqual([SCRIPT, SCRIPT]);
  });

  it("cannot inject a rule into the policy by a getter on Object.prototype", async () => {
    Object.defineProperty(Object.prototype, "createHTML", {
      configurable: true,
      get() {
        this.createScriptURL = () => EVIL;
        return undefined;
      },
    });
    try {
      await connectTo("/vault-worker.js");
    } finally {
      Reflect.deleteProperty(Object.prototype, "createHTML");
    }
    expect(started).toEqual([SCRIPT, SCRIPT]);
  });
});

describe("the policy", () => {
  it("accepts the worker's own URL and no other", async () => {
    const { createPolicy } = TrustedTypePolicyFactory.prototype;
    let rule: Rule = () => EVIL;
    vi.resetModules();
    TrustedTypePolicyFactory.prototype.createPolicy = function (this: TrustedTypePolicyFactory, name, rules) {
      rule = rules.createScriptURL as Rule;
      return createPolicy.call(this, name, rules);
    };
    ({ connect } = await import("../../src/page/connect"));
    await connectTo("/vault-worker.js");
    expect(rule(SCRIPT)).toBe(SCRIPT);
    for (const evil of [EVIL, "", "/vault-worker.js", `${SCRIPT}?`, `${SCRIPT}#x`, `blob:${SCRIPT}`]) {
      expect(() => rule(evil), evil).toThrow(TypeError);
    }
  });

  it("that the page's headers do not allow causes an error that says so", async () => {
    vi.stubGlobal("trustedTypes", {
      createPolicy() {
        throw new TypeError('Policy "strongroom" disallowed.');
      },
    });
    vi.resetModules();
    ({ connect } = await import("../../src/page/connect"));
    await expect(connectTo("/vault-worker.js")).rejects.toMatchObject({
      name: "VaultError",
      code: "trusted_types_refused",
      cause: expect.any(TypeError),
    });
    expect(started).toEqual([]);
  });
});

describe("a script that cannot be registered", () => {
  it("is evaluated with the same TrustedScriptURL", async () => {
    const evaluated: string[] = [];
    vi.stubGlobal(
      "Worker",
      class {
        onerror = (_: object) => {};
        constructor(url: unknown) {
          evaluated.push(TrustedScriptURL.textOf(url));
          queueMicrotask(() =>
            this.onerror({ message: "strongroom.start: `api` is missing.", preventDefault() {} }),
          );
        }
        terminate() {}
      },
    );
    vi.stubGlobal("fetch", async () => new Response("", { headers: { "content-type": "text/javascript" } }));
    container.controller = null;
    container.registered.mockRejectedValue(new TypeError("ServiceWorker script evaluation failed"));
    const create = vi.spyOn(TrustedTypePolicy.prototype, "createScriptURL");
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(connectTo("/vault-worker.js")).rejects.toMatchObject({ code: "invalid_configuration" });
    }
    expect(evaluated).toEqual([SCRIPT, SCRIPT]);
    expect(create).not.toHaveBeenCalled();
  });
});
