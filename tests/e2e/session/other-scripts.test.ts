import type { Browser } from "../engines/browser.js";
import { versionPrelude } from "./session-page.js";
import { describe, engine, expect, livingSessionTest } from "./session-scenario.js";

/** Other URLs of the same bytes. The vault admits only keepers of its own URL. */
const ANOTHER_SCRIPT = "/vault-worker.js?another";

describe("another worker script in the same scope", () => {
  livingSessionTest("is not installed, and the session is unaffected", async ({ browser, tab, standIns }) => {
    // Without the host's headers a page may register any script.
    standIns.host.testing.hostHeaders = false;
    await tab.openWithoutVault("/?without-headers");
    expect(await register(browser, ANOTHER_SCRIPT, "/")).toBe("TypeError");
    expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
    expect(await tab.session()).toMatchObject({ status: "authenticated" });
  });
});

describe("the vault's own script with another scope", () => {
  livingSessionTest(
    "does not become a second vault: it takes over no keeper, and no page in its scope stays signed in after a sign-out",
    async ({ browser, tab, standIns }) => {
      standIns.host.testing.hostHeaders = false;
      await tab.openWithoutVault("/?without-headers");
      // A keeper of the attacker, which would get a copy of the session.
      await browser.evaluate(() => {
        Object.assign(globalThis, { keeper: new Worker("/vault-worker.js") });
      });
      await browser.waitFor("it to be connected", async () => (await tab.session()).worker.keepers > 1);
      for (const scope of ["/v", "/v/", "/vault-worker.js"]) {
        expect(await register(browser, "/vault-worker.js", scope), scope).toBe("TypeError");
      }
      const scopes = await browser.evaluate(async () =>
        (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => new URL(scope).pathname),
      );
      expect(scopes).toEqual(["/"]);
      await tab.fetch("/auth/logout", { method: "POST" });
      for (const path of ["/", "/v", "/v/notes"]) {
        await tab.openWithoutVault(path);
        expect((await tab.fetch(`${standIns.api.url}me`)).status, path).toBe(401);
        expect(standIns.api.testing.requests.at(-1)?.authorization, path).toBeNull();
        expect(await tab.session(), path).toMatchObject({ status: "anonymous", user: null });
      }
    },
  );
});

/** Registers the script as an attacker's script would; what the browser throws, or the state of the worker that it installs. */
async function register(browser: Browser, script: string, scope: string): Promise<string> {
  return await browser.evaluate(
    async (script, scope) => {
      try {
        const { installing, waiting, active } = await navigator.serviceWorker.register(script, { scope });
        return String((installing ?? waiting ?? active)?.state);
      } catch (error) {
        return (error as Error).name;
      }
    },
    script,
    scope,
  );
}

describe("the keeper's endpoint serves", () => {
  livingSessionTest("only workers of the vault's own script", async ({ browser, tab, standIns }) => {
    // Without the host's headers a page may start any worker.
    standIns.host.testing.hostHeaders = false;
    standIns.host.testing.prelude = versionPrelude(1) + ASKS_AS_A_KEEPER;
    await tab.openWithoutVault("/?without-headers");
    const ask = (kind: "Worker" | "SharedWorker", script: string) =>
      browser.evaluate(askFromWorker, kind, script, ASKS_AS_A_KEEPER);

    expect(await ask("Worker", "/vault-worker.js")).toBe("200 application/vnd.strongroom.frames");
    const refused = "403 application/problem+json";
    // The browser may give such a worker no service worker, often one from a blob. Then the host responds, which has no copy.
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

/** Makes a worker with the name "asks" request a copy as a keeper does, and report the response. */
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

/** The keeper endpoint's response to a worker of `script`, or of a blob with `code`. Runs in the page. */
function askFromWorker(kind: "Worker" | "SharedWorker", script: string, code: string): Promise<string> {
  const url = script === "blob:" ? URL.createObjectURL(new Blob([code])) : script;
  return new Promise((resolve, reject) => {
    const channel = new BroadcastChannel("asks");
    channel.onmessage = ({ data }) => {
      channel.close();
      resolve(data as string);
    };
    const worker = new window[kind](url, { name: "asks" });
    worker.onerror = (event) => {
      // From another URL the vault refuses to start, which is an `ErrorEvent`. The code before it continues.
      if (!(event instanceof ErrorEvent)) reject(new Error(`${kind} ${script} does not load`));
    };
  });
}
