import { onTestFinished, test } from "vitest";
import { ada } from "../../dev-provider/src/users.js";
import { startStandIns } from "../stand-ins/stand-ins.js";
import { built } from "./built.js";
import { launch } from "./engines/launch.js";
import { Page } from "./page.js";
import { engine, expect } from "./scenario.js";

// Firefox had no service workers in private windows before version 139.
test("a private window signs in, keeps the session over a reload, and signs out", async () => {
  const browser = await launch(engine, { privateWindows: true });
  onTestFinished(() => browser.close());
  if (engine === "firefox") expect(await browser.isPrivate()).toBe(true);
  const standIns = await startStandIns({ app: built.demo });
  onTestFinished(() => standIns.close());
  const demo = new Page(browser, standIns);

  expect(await demo.openConnected()).toBe("anonymous");
  await demo.signIn(ada);
  expect(await browser.evaluate(async (url) => (await fetch(url)).status, `${standIns.api.url}me`)).toBe(200);
  expect(await demo.openConnected()).toBe("authenticated");
  await demo.signOut();
});
