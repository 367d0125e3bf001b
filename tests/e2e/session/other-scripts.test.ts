import type { Browser } from "../engines/browser.js";
import { asked } from "./requests-to-the-authorization-server.js";
import { describe, engine, expect, livingSessionTest } from "./session-scenario.js";
import { versionPrelude } from "./vault-page.js";

/** Another URL, even if it leads to the same bytes: what runs there is not known to be the vault. */
const ANOTHER_SCRIPT = "/vault-worker.js?another";

describe("another worker script in the same scope", () => {
  livingSessionTest("gets neither the session nor the keeper's copy", async ({ browser, tab, standIns }) => {
    // Without the host's headers a page may register any script. Without recovery nothing else can bring the session.
    standIns.host.testing.hostHeaders = false;
    standIns.host.testing.config = { recovery: "none" };
    standIns.host.testing.prelude = versionPrelude(2) + TELLS_OF_KEEPERS;
    await tab.openWithoutVault("/?without-headers");
    await browser.evaluate(async (url) => {
      await navigator.serviceWorker.register(url, { scope: "/" });
    }, ANOTHER_SCRIPT);
    await tab.waitForVersion(2);
    await browser.waitFor("the other script to control the page", () =>
      browser.evaluate((url) => navigator.serviceWorker.controller?.scriptURL.endsWith(url), ANOTHER_SCRIPT),
    );

    expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(401);
    expect(await tab.session()).toMatchObject({
      status: "anonymous",
      user: null,
      error: { code: "session_lost" },
      worker: { keepers: 0 },
    });
    const askedFor = await browser.waitFor("the keeper to come", async () => {
      const methods = await keeperRequests(browser);
      return methods.length > 0 && methods;
    });
    expect(new Set(askedFor)).toEqual(new Set(["GET"]));
    expect(await tab.session()).toMatchObject({ status: "anonymous", worker: { keepers: 0 } });
    expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
  });
});

describe("the keeper's endpoint answers", () => {
  livingSessionTest("a worker of the vault's own script alone", async ({ browser, tab, standIns }) => {
    // Without the host's headers a page may start any worker.
    standIns.host.testing.hostHeaders = false;
    standIns.host.testing.prelude = versionPrelude(1) + ASKS_AS_A_KEEPER;
    await tab.openWithoutVault("/?without-headers");
    const ask = (kind: "Worker" | "SharedWorker", script: string) =>
      browser.evaluate(askFromWorker, kind, script, ASKS_AS_A_KEEPER);

    expect(await ask("Worker", "/vault-worker.js")).toBe("200 application/vnd.strongroom.frames");
    const refused = "403 application/problem+json";
    // A worker may have no service worker at all, one from a blob often: then the host answers, which knows nothing.
    const toldNothing = /^(403 application\/problem\+json|404 text\/plain.*)$/;
    expect(await ask("Worker", ANOTHER_SCRIPT)).toMatch(toldNothing);
    expect(await ask("Worker", "/vault-worker.js#another")).toMatch(toldNothing);
    expect(await ask("Worker", "blob:")).toMatch(toldNothing);
    if (engine !== "webkit") {
      expect(await ask("SharedWorker", ANOTHER_SCRIPT)).toMatch(toldNothing);
      expect(await ask("SharedWorker", "blob:")).toMatch(toldNothing);
    }
    expect(
      await browser.evaluate(async () => {
        history.pushState(null, "", "/vault-worker.js");
        const response = await fetch(`/auth/keep?key=${"A".repeat(87)}`);
        return `${response.status} ${response.headers.get("content-type")}`;
      }),
    ).toBe(refused);
  });
});

/** Tells of each request for the session's copy, or with it, that reaches this service worker. */
const TELLS_OF_KEEPERS = `
  const methods = [];
  addEventListener("fetch", ({ request }) => {
    if (new URL(request.url).pathname === "/auth/keep") methods.push(request.method);
  });
  const questions = new BroadcastChannel("keeper requests");
  if ("ServiceWorkerGlobalScope" in self) questions.onmessage = ({ data }) => {
    if (data === "which?") questions.postMessage(methods);
  };`;

async function keeperRequests(browser: Browser): Promise<string[]> {
  return await browser.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        const channel = new BroadcastChannel("keeper requests");
        channel.onmessage = ({ data }) => {
          channel.close();
          resolve(data as string[]);
        };
        channel.postMessage("which?");
      }),
  );
}

/** A worker named "asks" asks for a copy as a keeper does, and tells what it got. */
const ASKS_AS_A_KEEPER = `
  if (self.name === "asks") {
    const ask = async () => {
      const curve = { name: "ECDH", namedCurve: "P-256" };
      const { publicKey } = await crypto.subtle.generateKey(curve, false, ["deriveKey"]);
      const raw = String.fromCharCode(...new Uint8Array(await crypto.subtle.exportKey("raw", publicKey)));
      const key = btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
      const response = await fetch(ORIGIN + "/auth/keep?key=" + key);
      return response.status + " " + response.headers.get("content-type");
    };
    const ORIGIN = location.href.replace(/^blob:/, "").split("/").slice(0, 3).join("/");
    ask().catch(String).then((answer) => new BroadcastChannel("asks").postMessage(answer));
  }`;

/** Runs in the page: what a worker of `script`, or of a blob with `code`, gets for its question. */
function askFromWorker(kind: "Worker" | "SharedWorker", script: string, code: string): Promise<string> {
  const url = script === "blob:" ? URL.createObjectURL(new Blob([code])) : script;
  return new Promise((resolve, reject) => {
    const channel = new BroadcastChannel("asks");
    channel.onmessage = ({ data }) => {
      channel.close();
      resolve(data as string);
    };
    const worker = new window[kind](url, { name: "asks" });
    worker.onerror = () => reject(new Error(`${kind} ${script} does not start`));
  });
}
