import type { StandIns } from "../stand-ins/stand-ins.js";
import type { Browser } from "./engines/browser.js";
import { startRecorder } from "./recorder.js";
import { clientTest, describe, expect, test } from "./scenario.js";

describe("with the worker unregistered, the host", () => {
  test("serves a page at its endpoints that is not the app", async ({ browser, demo }) => {
    await demo.openConnected();
    await unregisterWorkers(browser);
    await browser.goto(`${demo.origin}/auth/login`);
    const document = await browser.evaluate(() => ({
      title: window.document.title,
      scripts: window.document.scripts.length,
      root: window.document.getElementById("root"),
    }));
    expect(document).toEqual({ title: "Sign-in could not finish here", scripts: 0, root: null });
  });

  clientTest(
    "serves that page at every path of the endpoints but the callback, to navigations and to fetch",
    async ({ browser, page }) => {
      await page.openRegistered();
      await unregisterWorkers(browser);
      for (const path of ["login?returnTo=/", "session", "events", "logout", "anything", ""]) {
        await browser.goto(`${page.origin}/auth/${path}`);
        expect(await browser.evaluate(() => document.title)).toBe("Sign-in could not finish here");
      }
      await browser.goto(page.origin);
      for (const [method, path] of [
        ["GET", "/auth/session"],
        ["POST", "/auth/logout"],
      ] as const) {
        const answer = await page.fetch(path, { method });
        expect(answer).toMatchObject({ status: 404, contentType: "text/html; charset=utf-8" });
        expect(answer.text).toContain("Sign-in could not finish here");
      }
    },
  );

  clientTest(
    "keeps the code from a script that reads the tab's history",
    async ({ browser, page, standIns }) => {
      const { requests } = standIns.host.testing;
      await page.openRegistered();
      await unregisterWorkers(browser);
      const before = await browser.url();
      await browser.evaluate(() => {
        setTimeout(() => location.assign("/auth/callback?code=stolen&state=y#code=stolen"), 0);
      });
      await browser.waitFor("the callback's response", async () =>
        requests.some(({ path, status }) => path === "/auth/callback" && status === 204),
      );
      expect(await browser.url()).toBe(before);
      await browser.goto(page.origin);
      const seen = await browser.evaluate(() => [
        document.referrer,
        ...(globalThis.navigation?.entries() ?? []).map(({ url }) => url),
        ...performance.getEntries().map(({ name }) => name),
      ]);
      expect(seen).toContain(`${page.origin}/`);
      expect(seen.join()).not.toContain("stolen");
    },
  );

  clientTest(
    "keeps the code from a script that opens the callback in a frame",
    async ({ browser, page, standIns }) => {
      await page.openRegistered();
      await unregisterWorkers(browser);
      await browser.goto(page.origin);
      expect(await urlReadFromFrame(browser, standIns)).toBeNull();
    },
  );

  clientTest(
    "keeps the code from a script that opens the callback in a popup",
    async ({ browser, page, standIns }) => {
      await page.openRegistered();
      await unregisterWorkers(browser);
      await browser.goto(page.origin);
      expect(await urlReadFromPopup(browser, standIns)).toBeNull();
    },
  );

  clientTest(
    "keeps the code from frame and popup with the callback's headers alone",
    async ({ browser, page, standIns }) => {
      standIns.host.testing.appHeaders = false;
      await page.openRegistered();
      await unregisterWorkers(browser);
      await browser.goto(page.origin);
      expect(await urlReadFromFrame(browser, standIns)).toBeNull();
      expect(await urlReadFromPopup(browser, standIns)).toBeNull();
    },
  );

  clientTest(
    "reveals the code if it serves the app at the callback (control: a plain host)",
    async ({ browser, page, standIns }) => {
      standIns.host.testing.hostHeaders = false;
      await page.openRegistered();
      await unregisterWorkers(browser);
      await browser.goto(page.origin);
      expect(await urlReadFromFrame(browser, standIns)).toContain("code=stolen");
      expect(await urlReadFromPopup(browser, standIns)).toContain("code=stolen");
    },
  );
});

describe("the worker script's own policy", () => {
  clientTest("lets even a faulty worker send nothing to a stranger", async ({ browser, page, standIns }) => {
    const stranger = await startRecorder();
    standIns.host.testing.prelude = `
      addEventListener("message", ({ data, ports: [port] }) => {
        if (!data.leakTo) return;
        fetch(data.leakTo, { mode: "no-cors" }).then(() => port.postMessage("sent"), () => port.postMessage("stopped"));
      });`;
    await page.openRegistered();
    const leak = (to: string) =>
      browser.evaluate(
        (leakTo) =>
          new Promise<string>((resolve) => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = ({ data }) => resolve(data as string);
            navigator.serviceWorker.controller?.postMessage({ leakTo }, [port2]);
          }),
        to,
      );
    expect(await leak(`${stranger.origin}/?token`)).toBe("stopped");
    expect(stranger.requests).toEqual([]);
    // The control: where the policy allows it, the same code does send.
    expect(await leak(`${standIns.api.url}me`)).toBe("sent");
  });
});

/** Unregisters the worker as injected script can, and ends on a page of the app that it does not control. */
async function unregisterWorkers(browser: Browser): Promise<void> {
  const { origin } = new URL(await browser.url());
  await browser.waitFor("the worker to be gone", async () => {
    // Repeated, because WebKit may keep a registration that is still in use.
    await browser.evaluate(async () => {
      for (const registration of await navigator.serviceWorker.getRegistrations())
        await registration.unregister();
    });
    // A registration lives on while a page is under its control, and WebKit keeps pages that were left.
    await browser.replaceTab();
    await browser.goto(`${origin}/config.json`);
    return await browser.evaluate(() => navigator.serviceWorker.controller === null);
  });
}

/** The status of the host's response to the callback, once there is one. */
function statusOfTheCallback({ host }: StandIns): number | undefined {
  return host.testing.requests.find(({ path, status }) => path === "/auth/callback" && status !== 0)?.status;
}

/** What injected script can read of a frame that ended at the callback. */
async function urlReadFromFrame(browser: Browser, standIns: StandIns): Promise<string | null> {
  standIns.host.testing.requests.length = 0;
  await browser.evaluate(() => {
    const frame = document.createElement("iframe");
    frame.src = "/auth/callback?code=stolen";
    const ended = () => {
      frame.dataset.ended = "";
    };
    // WebKit fires `load` for the frame's initial document.
    frame.onload = () => frame.contentWindow?.location.href !== "about:blank" && ended();
    // For a frame that the app's policy blocks, Firefox fires no `load` event, only this one.
    addEventListener("securitypolicyviolation", ended);
    document.body.append(frame);
  });
  await browser.waitFor("the frame to be loaded, blocked, or left without a document", async () => {
    if (statusOfTheCallback(standIns) === 204) return true;
    return await browser.evaluate(() => document.querySelector("iframe[data-ended]") !== null);
  });
  return await browser.evaluate(() => {
    const frame = document.querySelector("iframe");
    try {
      const href = frame?.contentWindow?.location.href ?? null;
      // The frame's initial document, which remains if the navigation is blocked or gets no document.
      return href === "about:blank" ? null : href;
    } catch {
      return null;
    } finally {
      frame?.remove();
    }
  });
}

/** What injected script can read of a popup that ended at the callback. */
async function urlReadFromPopup(browser: Browser, standIns: StandIns): Promise<string | null> {
  standIns.host.testing.requests.length = 0;
  await browser.evaluateOnClick(() => {
    Object.assign(window, { popup: window.open("/auth/callback?code=stolen") });
  });
  const status = await browser.waitFor("the popup's request", async () => statusOfTheCallback(standIns));
  const { href } = await browser.waitFor("the popup to be readable or cut off", () =>
    browser.evaluate((hasDocument) => {
      const { popup } = window as unknown as { popup: Window | null };
      try {
        if (!popup || popup.closed) return { href: null };
        if (popup.location.href !== "about:blank") return { href: popup.location.href };
        return hasDocument ? null : { href: null };
      } catch {
        return { href: null };
      }
    }, status !== 204),
  );
  return href;
}
