import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { ada } from "../../dev-provider/src/users.js";
import { describe, expect, test } from "./scenario.js";

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

/** A file that is gone after the test. */
async function fileWith(name: string, content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "strongroom-upload-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}
