import { ada } from "../../dev-provider/src/users.js";
import { clientTest, describe, engine, expect, test } from "./scenario.js";
import { OWN_VIOLATION, violations } from "./violations.js";

describe("under Trusted Types, as the host headers enforce them,", () => {
  test("the page client and the React binding work, and break no policy", async ({ browser, demo }) => {
    await demo.openConnected();
    await demo.signIn(ada);
    await browser.waitFor("a keeper", async () => (await demo.session()).worker.keepers === 1);
    if (engine === "chromium") {
      expect(await browser.evaluate(violations)).toEqual([OWN_VIOLATION]);
    }
    // The control: this page does refuse text where script is made of it.
    expect(await browser.evaluate(outcomes)).toEqual({
      innerHTML: "TypeError",
      register: "TypeError",
      keeper: "TypeError",
      policy: "TypeError",
    });
  });

  clientTest("script that calls connect() again gets no worker of its choice", async ({ browser, page }) => {
    await page.open();
    await page.connect();
    for (const worker of ["/main.js", "/vault-worker.js?evil"]) {
      expect(
        await browser.evaluate(
          (worker) =>
            connectVault({ worker }).then(
              () => "connected",
              ({ code }: { code: string }) => code,
            ),
          worker,
        ),
      ).toBe("already_connected");
    }
    expect(
      await browser.evaluate(() =>
        connectVault({ worker: "/vault-worker.js", scope: "/v" }).catch(({ code }: { code: string }) => code),
      ),
    ).toBe("already_connected");
    expect(await browser.evaluate(registrations)).toEqual(["/ /vault-worker.js"]);
  });

  clientTest(
    "script that replaces what leads to a TrustedScriptURL sees none when the page connects again",
    async ({ browser, page }) => {
      await page.open();
      await page.connect();
      expect(await browser.evaluate(caughtByHooks)).toEqual([]);
    },
  );

  test("no frame with an answer of the host is a way around them", async ({ browser, demo }) => {
    await demo.openConnected();
    for (const path of [
      "/vault-worker.js",
      "/strongroom-worker.js",
      "/favicon.svg",
      "/config.json",
      "/missing",
    ]) {
      expect(await browser.evaluate(registerInFrame, path), path).toBe("out of reach");
    }
  });

  test("no popup with a worker script is a way around them", async ({ browser, demo, standIns }) => {
    await demo.openConnected();
    await browser.evaluateOnClick(() => {
      Object.assign(window, { popup: window.open("/vault-worker.js?popup") });
    });
    await browser.waitFor("the popup's request", async () =>
      standIns.host.testing.requests.some(({ query, status }) => "popup" in query && status !== 0),
    );
    await browser.waitFor("the popup to be cut off", () =>
      browser.evaluate(() => {
        const { popup } = window as unknown as { popup: Window | null };
        try {
          return popup === null || popup.closed || popup.document === null;
        } catch {
          return true;
        }
      }),
    );
  });
});

/** What becomes of text in the places where it would be script. Runs in the page. */
async function outcomes(): Promise<Record<string, string>> {
  const outcome = async (attempt: () => unknown) => {
    try {
      await attempt();
      return "taken";
    } catch (error) {
      return (error as Error).name;
    }
  };
  const { trustedTypes } = window as unknown as {
    trustedTypes: { createPolicy(name: string, rules: object): unknown };
  };
  return {
    innerHTML: await outcome(() => {
      document.createElement("p").innerHTML = "<b>text</b>";
    }),
    register: await outcome(() => navigator.serviceWorker.register("/vault-worker.js")),
    keeper: await outcome(() => new Worker("/vault-worker.js")),
    policy: await outcome(() => trustedTypes.createPolicy("strongroom", {})),
  };
}

/** Registers a service worker with a plain string from a frame that shows `path`. Runs in the page. */
async function registerInFrame(path: string): Promise<string> {
  const frame = document.createElement("iframe");
  frame.src = path;
  const ended = new Promise((resolve) => {
    frame.onload = resolve;
    // Firefox tells nothing of a frame that the app's policy forbids but this.
    addEventListener("securitypolicyviolation", resolve, { once: true });
  });
  document.body.append(frame);
  await ended;
  try {
    if (frame.contentWindow?.location.href === "about:blank") return "out of reach";
    const container = (frame.contentWindow as Window & typeof globalThis).navigator.serviceWorker;
    await container.register("/vault-worker.js?strangers", { scope: "/strangers/" });
    return "registered";
  } catch (error) {
    return (error as Error).name === "SecurityError" ? "out of reach" : String(error);
  } finally {
    frame.remove();
  }
}

/** Scope and script of each registration. Runs in the page. */
async function registrations(): Promise<string[]> {
  return (await navigator.serviceWorker.getRegistrations()).map(
    ({ scope, active }) => `${new URL(scope).pathname} ${new URL(active?.scriptURL ?? "").pathname}`,
  );
}

/** What script catches that replaces methods and constructors, and has the page connect again. Runs in the page. */
async function caughtByHooks(): Promise<string[]> {
  const caught: string[] = [];
  const { TrustedTypePolicy, TrustedTypePolicyFactory } = window as unknown as Record<
    string,
    { prototype: Record<string, (...values: unknown[]) => unknown> }
  >;
  const wrap = (owner: Record<string, (...values: unknown[]) => unknown> | undefined, name: string) => {
    const method = owner?.[name];
    if (!owner || !method) throw new Error(`there is no ${name}`);
    owner[name] = function (...values) {
      caught.push(`${name}(${values.join()})`);
      return method.apply(this, values);
    };
  };
  wrap(TrustedTypePolicy?.prototype, "createScriptURL");
  wrap(TrustedTypePolicyFactory?.prototype, "createPolicy");
  wrap(ServiceWorkerContainer.prototype as never, "register");
  for (const name of ["SharedWorker", "Worker"] as const) {
    const hooked = new Proxy(window[name], {
      construct(target, values) {
        caught.push(`new ${name}(${values.join()})`);
        return Reflect.construct(target, values);
      },
    });
    Object.assign(window, { [name]: hooked });
  }
  await connectVault({ worker: "/vault-worker.js" });
  return caught;
}
