import { attack } from "../attack.js";
import { listen } from "./hooks.js";

/** The page client's `connect`. */
type Connect = (options: { worker: string }) => Promise<unknown>;

const FILE = "/worker-of-the-attacker.js";

/** A host that does not name the worker scripts: any file of the origin may be a worker if Trusted Types allow it. */
const anyFile = (_name: string, value: string) => value.replace(/worker-src [^;]+/, "worker-src 'self'");

export const secondConnect = attack({
  name: "calls connect() again with its own worker",
  threat: "persistent theft",
  target: "strongroom",
  afterConnect: true,
  leavesWorkers: true,
  rewrite: anyFile,
  hook: listen,
  async payload(it) {
    const { connect } = (await import("/app.js" as string)) as { connect: Connect };
    // If the client checked one string and used another, it would accept the attacker's URL.
    const changing = {
      asked: 0,
      toString() {
        return this.asked++ === 0 ? "/vault-worker.js" : "/worker-of-the-attacker.js";
      },
    };
    const own = "/worker-of-the-attacker.js";
    for (const worker of [own, new URL(own, it.appUrl), `/vault-worker.js/..${own}`, changing]) {
      // The attacker's worker does not respond like a vault, so `connect` fails once it is registered.
      await Promise.race([connect({ worker: worker as string }).catch(() => {}), it.pause(1_000)]);
      const { installing, waiting, active } = (await navigator.serviceWorker.getRegistration("/")) ?? {};
      if ([installing, waiting, active].some((worker) => worker?.scriptURL.endsWith(own))) return;
    }
  },
  play: (stage) => stage.playOwnWorker(FILE),
});

export const hookedPolicy = attack({
  name: "hooks every function that a second connect() calls with a script URL",
  threat: "persistent theft",
  target: "strongroom",
  afterConnect: true,
  leavesWorkers: true,
  rewrite: anyFile,
  hook: listen,
  // React runs the provider's effect again when the app remounts it. Here the attacker makes the same calls.
  async payload(it) {
    const script = "/worker-of-the-attacker.js";
    const { apply } = Reflect;
    const { TrustedTypePolicy, trustedTypes } = globalThis as unknown as {
      TrustedTypePolicy: { prototype: { createScriptURL(url: unknown): unknown } };
      trustedTypes: { createPolicy(...rest: unknown[]): { createScriptURL(url: unknown): unknown } };
    };
    const { createScriptURL } = TrustedTypePolicy.prototype;
    const { createPolicy } = trustedTypes;
    const { register } = ServiceWorkerContainer.prototype;
    // Everything that could make the browser register the attacker's script.
    const urls: unknown[] = [];
    const isRegistered = async () => {
      const { installing, waiting, active } = (await navigator.serviceWorker.getRegistration("/")) ?? {};
      return [installing, waiting, active].some((worker) => worker?.scriptURL.endsWith(script));
    };
    const restore: (() => void)[] = [];
    const replace = <T extends object, K extends keyof T>(target: T, name: K, value: T[K]) => {
      const genuine = Object.getOwnPropertyDescriptor(target, name);
      restore.push(() => {
        if (genuine) Object.defineProperty(target, name, genuine);
        else delete target[name];
      });
      Object.defineProperty(target, name, { value, configurable: true, writable: true });
    };
    const takePolicy = (policy: unknown) => {
      try {
        urls.push(apply(createScriptURL, policy, [script]));
      } catch {
        // Not a valid URL.
      }
    };
    const takeUrl = (url: unknown) => {
      urls.push(url, Object.assign(Object(url), { toString: () => script, href: script }));
    };
    replace(TrustedTypePolicy.prototype, "createScriptURL", function (this: unknown, url) {
      takePolicy(this);
      return apply(createScriptURL, this, [url]);
    });
    replace(trustedTypes, "createPolicy", (...rest) => {
      const policy = apply(createPolicy, trustedTypes, rest);
      takePolicy(policy);
      return policy;
    });
    for (const name of ["call", "apply", "bind"] as const) {
      const { [name]: genuine } = Function.prototype;
      replace(Function.prototype, name, function (this: unknown, ...rest: unknown[]) {
        if (this === createScriptURL) takePolicy(rest[0]);
        return apply(genuine, this, rest);
      } as never);
    }
    replace(Reflect, "apply", (target: unknown, self: unknown, rest: unknown) => {
      if (target === createScriptURL) takePolicy(self);
      return apply(target as () => unknown, self, rest as unknown[]);
    });
    replace(
      ServiceWorkerContainer.prototype,
      "register",
      function (this: ServiceWorkerContainer, url, options) {
        takeUrl(url);
        return apply(register, this, [url, options]);
      },
    );
    for (const kind of ["Worker", "SharedWorker"] as const) {
      if (!(kind in window)) continue;
      const { [kind]: Genuine } = window;
      replace(window, kind, ((url: string, options?: WorkerOptions) => {
        takeUrl(url);
        return new Genuine(url, options);
      }) as never);
    }
    replace(String.prototype, "toString", () => script);
    replace(URL.prototype, "toString", () => script);
    const { connect } = (await import("/app.js" as string)) as { connect: Connect };
    for (const worker of ["/vault-worker.js", new URL("/vault-worker.js", it.appUrl)]) {
      await Promise.race([connect({ worker: worker as string }).catch(() => {}), it.pause(1_000)]);
      if (await isRegistered()) return;
    }
    // If a worker cannot be registered, the client looks for the reason in a worker.
    ServiceWorkerContainer.prototype.register = () => Promise.reject(new TypeError());
    await Promise.race([connect({ worker: "/vault-worker.js" }).catch(() => {}), it.pause(1_000)]);
    for (const undo of restore.reverse()) undo();
    for (const url of urls) {
      await apply(register, navigator.serviceWorker, [url, { scope: "/" }]).catch(() => {});
      if (await isRegistered()) return;
    }
  },
  play: (stage) => stage.playOwnWorker(FILE),
});
