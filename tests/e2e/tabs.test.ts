import { ada } from "../../dev-provider/src/users.js";
import { describe, engine, expect, test } from "./scenario.js";

describe("two tabs", () => {
  test("a sign-in in one shows in the other, and so does the sign-out", async ({ browser, demo }) => {
    await demo.openConnected();
    const first = await browser.currentTab();
    const second = await browser.newTab();
    await demo.openConnected();
    await demo.signIn(ada);

    await browser.switchTo(first);
    await demo.waitForStatus("authenticated");
    expect(await demo.textOf("claim-email")).toBe(ada.email);
    await demo.signOut();

    await browser.switchTo(second);
    await demo.waitForStatus("anonymous");
    expect(await demo.textOf("claims")).toBeNull();
  });

  test("a sign-in in each at the same time does not mix them up", async ({ browser, demo, standIns }) => {
    await demo.openConnected();
    await demo.startSignIn();
    const first = await browser.currentTab();
    const second = await browser.newTab();
    await demo.openConnected();
    await demo.startSignIn();
    await demo.login.submit(ada);
    await demo.waitForStatus("authenticated");

    await browser.switchTo(first);
    await demo.login.submit(ada);
    await demo.waitForStatus("authenticated");
    expect(await demo.textOf("error")).toBeNull();
    await browser.switchTo(second);
    await demo.waitForStatus("authenticated");
    expect(standIns.authorizationServer.testing.tokenRequests).toMatchObject([
      { outcome: "ok" },
      { outcome: "ok" },
    ]);
  });
});

// MiniBrowser gives a driver no way to reload a page with Shift.
if (engine !== "webkit") {
  test("a shift-reload, which bypasses the worker, gets its control and the session back", async ({
    browser,
    demo,
  }) => {
    await demo.openConnected();
    await demo.signIn(ada);
    await browser.markDocument();
    await browser.hardReload();
    await browser.waitForNewDocument();
    expect(await demo.waitForConnection()).toBe("authenticated");
    expect(await browser.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
    await browser.waitFor("the API to be asked with a token", async () =>
      /Bearer/.test((await demo.textOf("api-saw-scheme")) ?? ""),
    );
  });
}
