// Takes the pictures of the documentation, in Chromium, and writes them to docs/pictures/:
//
//   npx tsx tests/e2e/pictures.ts

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ada } from "../../dev-provider/src/users.js";
import { DevTools } from "../memory/devtools.js";
import { type StandIns, startStandIns } from "../stand-ins/stand-ins.js";
import { built } from "./built.js";
import { launch } from "./engines/launch.js";
import { LabPage } from "./lab-page.js";
import { Page } from "./page.js";

const pictures = fileURLToPath(new URL("../../docs/pictures", import.meta.url));

/** Keeps the pictures small. */
const LIMIT_BYTES = 60 * 1024;

await mkdir(pictures, { recursive: true });
const browser = await launch("chromium", {
  width: 1100,
  height: 800,
  chromiumArguments: ["--hide-scrollbars"],
});
const devTools = await DevTools.of(browser);
try {
  await withStandIns(async (standIns) => {
    const demo = new Page(browser, standIns);
    await demo.openConnected();
    await demo.signIn(ada);
    await browser.waitFor("what the API saw", () => demo.textOf("api-saw-jti"));
    await demo.type("note-input", "Ask Charles about the engine");
    await demo.click("note-add");
    await browser.waitFor("the note", () => demo.textOf("note"));
    await picture("demo-signed-in");
  });
  await withStandIns(async (standIns) => {
    const lab = new LabPage(browser, standIns);
    await lab.open();
    await lab.choose("local-storage-refresh");
    await lab.signInAda();
    await lab.inject();
    await picture("lab-local-storage");
    await lab.open();
    await lab.signInAgain();
    await lab.inject();
    await picture("lab-vault");
  });
} finally {
  devTools.close();
  await browser.close();
}

async function withStandIns(work: (standIns: StandIns) => Promise<void>): Promise<void> {
  const standIns = await startStandIns({ hint: true, lab: true, app: built.demo });
  try {
    await work(standIns);
  } finally {
    await standIns.close();
  }
}

/** As WebP, which is much smaller than the driver's PNG. */
async function picture(name: string): Promise<void> {
  await browser.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const { data } = await devTools.attached("page", new URL(await browser.url()).origin, (page) =>
    page.send<{ data: string }>("Page.captureScreenshot", { format: "webp", quality: 75 }),
  );
  const bytes = Buffer.from(data, "base64");
  if (bytes.length > LIMIT_BYTES)
    throw new Error(`${name} has ${bytes.length} bytes, more than ${LIMIT_BYTES}.`);
  await writeFile(join(pictures, `${name}.webp`), bytes);
  console.log(`${name}.webp: ${bytes.length} bytes`);
}
