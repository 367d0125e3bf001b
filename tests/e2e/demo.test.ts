import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDemo } from "strongroom-demo/servers/demo.js";
import { onTestFinished } from "vitest";
import { ada } from "../../dev-provider/src/users.js";
import { built } from "./built.js";
import { Page } from "./page.js";
import { describe, expect, hasVaultOrigin, inBrowser, test } from "./scenario.js";

describe("the demo's notes", () => {
  test("can be added, given a file, downloaded and deleted", async ({ browser, demo, standIns }) => {
    await demo.openConnected();
    await demo.signIn(ada);

    await demo.type("note-input", "Tea at four");
    await demo.click("note-add");
    await browser.waitFor("the note", async () => (await demo.textsOf("note")).length === 1);
    expect(await demo.textsOf("note")).toEqual([expect.stringContaining("Tea at four")]);

    await demo.attach("note-file", await fileWith("recipe.txt", "milk first"));
    await browser.waitFor("the file to be attached", () => demo.textOf("note-download"));
    expect(standIns.api.testing.requests.filter(({ method }) => method === "PUT")).toMatchObject([
      { status: 200, query: { name: "recipe.txt" }, authorization: { scheme: "Bearer" } },
    ]);

    await demo.click("note-download");
    await browser.waitFor("the download to reach the API", async () =>
      standIns.api.testing.requests.some(({ method, path }) => method === "GET" && path.endsWith("/file")),
    );
    expect(standIns.api.testing.requests.at(-1)).toMatchObject({
      status: 200,
      authorization: { scheme: "Bearer" },
    });

    await demo.click("note-delete");
    await browser.waitFor("the note to go", async () => (await demo.textsOf("note")).length === 0);
    expect(await demo.textOf("error")).toBeNull();
  });

  test("show an error message if the API refuses a new one", async ({ demo, standIns }) => {
    await demo.openConnected();
    await demo.signIn(ada);
    await demo.type("note-input", "Refused");
    standIns.api.testing.answer401(Number.POSITIVE_INFINITY);
    await demo.click("note-add");
    expect(await demo.waitForError()).toMatch(/Sign in again/);
  });
});

describe("the mode in the header", () => {
  test("says where the vault runs, and is no link if the other mode is not served", async ({ demo }) => {
    await demo.openConnected();
    expect(await demo.textOf("mode-here")).toBe(hasVaultOrigin ? "on its own origin" : "on the app’s origin");
    expect(await demo.textOf("mode-other")).toBeNull();
  });

  // It starts both modes itself.
  if (!hasVaultOrigin)
    inBrowser("leads to the same page in the other mode, where a user signs in anew", async ({ browser }) => {
      await browser.leaveOneTab();
      const ports = { app: 0, authorizationServer: 0, api: 0, naiveApp: 0, attacker: 0 };
      const servers = await startDemo({ ports, app: built.demo, workerScript: built.workerFile });
      onTestFinished(() => servers.close());
      const { origin, vaultOrigin, authorizationServer } = servers;
      const own = new Page(browser, { app: { origin }, authorizationServer });
      const apart = new Page(browser, { app: { origin: vaultOrigin.app }, authorizationServer });

      await own.openConnected();
      await own.signIn(ada);
      await own.click("mode-other");
      await browser.waitFor("the other mode", async () => (await browser.url()) === `${vaultOrigin.app}/`);
      await apart.waitForStatus("anonymous");
      expect(await apart.textOf("mode-here")).toBe("on its own origin");
      await apart.signIn(ada);
      expect(await apart.textOf("claim-email")).toBe(ada.email);
      await browser.waitFor(
        "what the API received",
        async () => (await apart.textOf("api-saw-scheme")) === "Bearer",
      );
      await apart.signOut();
      // The sign-out has ended the session at the authorization server, too.
      await apart.startSignIn();

      await own.open("/lab");
      await own.waitForText("lab-signed-in");
      await own.click("mode-other");
      await browser.waitFor("the other lab", async () => (await browser.url()) === `${vaultOrigin.app}/lab`);
      await apart.waitForText("lab-sign-in");
      await apart.click("mode-other");
      await own.waitForText("lab-signed-in");
    });
});

/** A file that is removed after the test. */
async function fileWith(name: string, content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "strongroom-upload-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}
