// Walks through the demo in Chromium, narrow and wide, and writes a picture of each page to tests/artifacts/:
//
//   npx tsx tests/e2e/screenshots.ts

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ada } from "../../dev-provider/src/users.js";
import { withStandIns } from "./demo-stand-ins.js";
import type { Browser } from "./engines/browser.js";
import { launch } from "./engines/launch.js";
import { LabPage } from "./lab-page.js";
import { Page } from "./page.js";

const artifacts = fileURLToPath(new URL("../artifacts", import.meta.url));
const widths = [360, 1280];

await mkdir(artifacts, { recursive: true });
const files = await mkdtemp(join(tmpdir(), "strongroom-screenshots-"));
const browser = await launch("chromium");
try {
  for (const width of widths) await walk(browser, width);
} finally {
  await browser.close();
  await rm(files, { recursive: true });
}

async function walk(browser: Browser, width: number): Promise<void> {
  let count = 0;
  const picture = async (name: string) => {
    await showWholePage(browser, width);
    const path = join(artifacts, `${width}-${String(++count).padStart(2, "0")}-${name}.png`);
    await browser.screenshot(path);
    if (await browser.evaluate(() => document.documentElement.scrollWidth > innerWidth)) {
      throw new Error(`${path}: the page is wider than its window.`);
    }
    console.log(path);
  };

  await withStandIns(async (standIns) => {
    const demo = new Page(browser, standIns);
    await demo.openConnected();
    await picture("welcome");
    await demo.startSignIn();
    await picture("login");
    await demo.login.submit({ username: "ada", password: "wrong" });
    await demo.login.complaint();
    await picture("wrong-password");
    await demo.login.cancel();
    await demo.waitForError();
    await picture("cancelled");

    await demo.signIn(ada);
    await browser.waitFor("what the API saw", () => demo.textOf("api-saw-jti"));
    await picture("signed-in");
    await demo.type("note-input", "Ask Charles about the engine");
    await demo.click("note-add");
    await browser.waitFor("the note", () => demo.textOf("note"));
    const file = join(files, "diagram.txt");
    await writeFile(file, "mill, store, barrels");
    await demo.attach("note-file", file);
    await browser.waitFor("its file", () => demo.textOf("note-download"));
    await picture("notes");
    standIns.api.testing.answer401(Number.POSITIVE_INFINITY);
    await demo.type("note-input", "Too late");
    await demo.click("note-add");
    await demo.waitForError();
    await picture("refused");
    await demo.signOut();
    await picture("signed-out");
  });

  await withStandIns(async (standIns) => {
    const lab = new LabPage(browser, standIns);
    await lab.open();
    await picture("lab");
    await lab.choose("local-storage-refresh");
    await lab.signInAda();
    await lab.inject();
    await picture("lab-stolen");
    await lab.open();
    await lab.signInAgain();
    await lab.inject();
    await picture("lab-vault");
  });

  await withStandIns(async (standIns) => {
    standIns.host.testing.workerScript = "html";
    const demo = new Page(browser, standIns);
    await browser.goto(demo.origin);
    await demo.waitForError();
    await picture("no-vault");
    await browser.goto(`${demo.origin}/auth/callback?code=x`);
    await picture("callback-without-worker");
  });
}

/** Makes the viewport as high as the page, at most what a picture can hold. */
async function showWholePage(browser: Browser, width: number): Promise<void> {
  await browser.resize(width, 800);
  const height = await browser.evaluate(() => document.documentElement.scrollHeight);
  await browser.resize(width, Math.min(Math.max(height, 800), 8000));
}
