import { ada } from "../../dev-provider/src/users.js";
import { describe, expect, test } from "./scenario.js";
import { expectNoViolations } from "./violations.js";

describe("under Trusted Types, as the host headers enforce them,", () => {
  test("the page client and the React binding work, and break no policy", async ({ browser, demo }) => {
    await demo.openConnected();
    await demo.signIn(ada);
    await browser.waitFor("a keeper", async () => (await demo.session()).worker.keepers === 1);
    await expectNoViolations(browser);
    // The control: Trusted Types are enforced in this page.
    expect(await browser.evaluate(outcomes)).toEqual({
      innerHTML: "TypeError",
      register: "TypeError",
      keeper: "TypeError",
      policy: "TypeError",
    });
  });

  test("a frame with a response of the host does not bypass them", async ({ browser, demo }) => {
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

  test("a popup with a worker script does not bypass them", async ({ browser, demo, standIns }) => {
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

/** Passes plain text where the browser would run it or load it as script. Returns the outcomes. Runs in the page. */
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
    // The only event that Firefox fires for a frame that the app's policy forbids.
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
