import { ada, bob } from "../../../dev-provider/src/users.js";
import type { StandIns } from "../../stand-ins/stand-ins.js";
import type { ClientPage } from "../client-page.js";
import { clientTest, describe, engine, expect } from "../scenario.js";

/** Signs in, and waits until the page is connected. */
async function signedIn(page: ClientPage): Promise<void> {
  await page.openConnected();
  await page.signIn(ada);
  await page.waitForStatus("authenticated");
}

// WebKitGTK gives a driver no way to stop a service worker.
if (engine !== "webkit") {
  clientTest.for([
    ["the interceptor and the vault's worker are", () => undefined],
    ["the interceptor alone is", ({ app }: StandIns) => app.origin],
    ["the vault's worker alone is", ({ vault }: StandIns) => vault?.origin],
  ] as const)(
    "requests that arrive while %s stopped get a response, with the token",
    async ([, origin], { browser, page, standIns }) => {
      await signedIn(page);
      for (let time = 0; time < 3; time++) {
        await browser.stopWorkers(origin(standIns));
        const urls = ["me", "notes", "me?again"].map((path) => standIns.api.url + path);
        const responses = await browser.evaluate(
          (urls) => Promise.all(urls.map(async (url) => (await fetch(url)).status)),
          urls,
        );
        expect(responses).toEqual([200, 200, 200]);
      }
      expect(standIns.authorizationServer.testing.tokenRequests.map(({ outcome }) => outcome)).toEqual([
        "ok",
      ]);
      expect(await page.statuses()).not.toContain("anonymous");
    },
  );
}

// Firefox and WebKit have no streaming uploads.
if (engine === "chromium") {
  clientTest.for(["awake", "frozen"] as const)(
    "an upload that goes on while another user signs in does not reach that user's account, if its tab is %s meanwhile",
    async (state, { browser, page, standIns }) => {
      await signedIn(page);
      const url = standIns.api.url;
      await browser.evaluate(async (url) => {
        let finish = () => {};
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            controller.enqueue(new TextEncoder().encode("a note of ada"));
            finish = () => controller.close();
          },
        });
        const upload = fetch(`${url}notes`, { method: "POST", body, duplex: "half" } as RequestInit);
        Object.assign(window, {
          async finishUpload() {
            finish();
            return (await upload).status;
          },
        });
        // Once there is a response to this request, the relay has the head of the other.
        await fetch(`${url}me`);
      }, url);
      const uploading = await browser.currentTab();
      if (state === "frozen") await browser.freeze();
      await page.openInNewTab();
      await browser.markDocument();
      await browser.evaluate(() => void vault.logout());
      await browser.waitForNewDocument();
      await page.waitForUrl("/");
      await page.waitForStatus("anonymous");
      await page.signIn(bob);
      if (state === "frozen") {
        // So that the relay has no current copy of a session when it goes on, and leaves the request to the service worker.
        await browser.stopWorkers(standIns.vault?.origin);
        await browser.switchTo(uploading);
        await browser.thaw();
      } else {
        await browser.switchTo(uploading);
        await page.waitFor(
          "the other user's session",
          async () => (await page.session()).user?.sub === bob.sub,
        );
      }
      const status = await browser.evaluate(() =>
        (window as unknown as { finishUpload(): Promise<number> }).finishUpload(),
      );
      expect(status).toBe(401);
      expect(standIns.api.testing.requests.filter(({ method }) => method === "POST")).toEqual([]);
    },
  );
}

clientTest(
  "a new version of the interceptor takes over while pages read event streams, and the session goes on",
  async ({ browser, page, standIns }) => {
    await signedIn(page);
    await page.begin("ticks", `${standIns.api.url}events`);
    for (const version of [2, 3]) {
      const script = await browser.evaluate(async () => (await fetch("/vault-worker.js")).text());
      standIns.host.testing.scripts["/vault-worker.js"] = `${script}// ${version}\n`;
      const isAnother = await browser.evaluate(async () => {
        const { serviceWorker } = navigator;
        const before = serviceWorker.controller;
        const changed = new Promise((resolve) => {
          serviceWorker.addEventListener("controllerchange", resolve, { once: true });
        });
        await (await serviceWorker.getRegistration())?.update();
        await changed;
        return serviceWorker.controller !== before;
      });
      expect(isAnother).toBe(true);
      expect((await page.fetch(`${standIns.api.url}me`)).status).toBe(200);
    }
    expect((await page.outcome("ticks")).status).toBe(200);
    expect(await page.statuses()).not.toContain("anonymous");
    await browser.evaluate(() => void vault.logout());
    await page.waitForUrl("/");
  },
);

clientTest(
  "a new version of the interceptor is installed during a request, which gets its whole response",
  async ({ browser, page, standIns }) => {
    await signedIn(page);
    const hold = standIns.api.testing.hold();
    await page.begin("download", `${standIns.api.url}download?bytes=50000`);
    await hold.arrived;
    const script = await browser.evaluate(async () => (await fetch("/vault-worker.js")).text());
    standIns.host.testing.scripts["/vault-worker.js"] = `${script}// 2\n`;
    await browser.evaluate(async () => {
      await (await navigator.serviceWorker.getRegistration())?.update();
    });
    await browser.waitFor("the new version to be installed", () =>
      browser.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.installing === null),
    );
    hold.release();
    const { status, text } = await page.outcome("download");
    expect([status, text.length]).toEqual([200, 50_000]);
  },
);

clientTest(
  "request bodies reach the API whole, though the browser frees the interceptor's memory meanwhile",
  async ({ browser, page, standIns }) => {
    const { host, api } = standIns;
    await page.openConnected();
    const script = await browser.evaluate(async () => (await fetch("/vault-worker.js")).text());
    // After each body it uses so much memory that the browser looks for some to free.
    host.testing.scripts["/vault-worker.js"] = `
      const { postMessage } = MessagePort.prototype;
      MessagePort.prototype.postMessage = function (message, transferred) {
        postMessage.call(this, message, transferred);
        if (!(message.body instanceof Blob)) return;
        setTimeout(() => {
          for (let count = 0; count < 60; count++) new Uint8Array(4_000_000).fill(count);
        });
      };
      ${script}`;
    await browser.evaluate(async () => {
      const changed = new Promise((resolve) => {
        navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
      });
      await (await navigator.serviceWorker.getRegistration())?.update();
      await changed;
    });
    await signedIn(page);
    const sent = await browser.evaluate(async (url) => {
      const received: number[] = [];
      for (let count = 0; count < 30; count++) {
        const headers = { "content-type": "application/json" };
        const response = await fetch(url, { method: "POST", headers, body: "x".repeat(100_000) });
        received.push((await response.json()).bytes);
      }
      return received;
    }, `${api.url}upload`);
    expect(sent).toEqual(Array(30).fill(100_000));
  },
);

describe("the vault's frame", () => {
  clientTest(
    "is added again for the next request if the page removes it",
    async ({ browser, page, standIns }) => {
      await signedIn(page);
      const statuses = await browser.evaluate(async (url) => {
        const { status: before } = await fetch(url);
        document.querySelector("iframe")?.remove();
        const { status: after } = await fetch(url);
        return [before, after, document.querySelectorAll("iframe").length];
      }, `${standIns.api.url}me`);
      expect(statuses).toEqual([200, 200, 1]);
    },
  );

  clientTest(
    "breaks requests under way if it is removed with the document's body, and is added again for the next one",
    async ({ browser, page, standIns }) => {
      await signedIn(page);
      const results = await browser.evaluate(async (url) => {
        const { body } = await fetch(`${url}events`);
        const reader = (body as ReadableStream<Uint8Array>).getReader();
        await reader.read();
        const reading = (async () => {
          while (!(await reader.read()).done);
        })();
        document.body.replaceWith(document.createElement("body"));
        const { status } = await fetch(`${url}me`);
        return [status, await reading.catch(({ name }) => name)];
      }, standIns.api.url);
      expect(results).toEqual([200, "TypeError"]);
      await page.waitForStatus("authenticated");
    },
  );
});
