import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { build } from "vite";
import { ada } from "../../dev-provider/src/users.js";
import { blocksOf } from "../../site/tests/blocks.js";
import { Page } from "./page.js";
import { engine, expect, scenarioIn } from "./scenario.js";

const test = scenarioIn(() => buildReadmeApp(engine));

test("the README's app signs in, asks the API with a token, and signs out", async ({ browser, standIns }) => {
  const page = new Page(browser, standIns);
  await page.open();
  await page.clickButton("Sign in");
  await page.login.waitForForm();
  await page.login.submit(ada);
  await page.waitForContent("Hello ada@example.com");

  await page.clickButton("Call the API");
  await page.waitForContent("The API returned 200");
  const { accessTokens } = standIns.authorizationServer.testing.issued;
  expect(standIns.api.testing.requests.at(-1)).toMatchObject({
    method: "GET",
    authorization: { raw: `Bearer ${accessTokens[0]}` },
  });

  await browser.markDocument();
  await page.clickButton("Sign out");
  await browser.waitForNewDocument();
  await page.waitForContent("Sign in");
});

/** Builds what the README says to write, the API aside: that is on the app's origin here. */
async function buildReadmeApp(run: string): Promise<string> {
  const folder = fileURLToPath(new URL(`../artifacts/readme-app-${run}`, import.meta.url));
  const [main] = blocksOf("README.md", ["tsx"]);
  if (main?.path !== "src/main.tsx") throw new Error("The README's first piece of TSX is not src/main.tsx.");
  const files = {
    [main.path]: main.code.replaceAll("http://localhost:8791/v1/", "/api/v1/"),
    "index.html": '<!doctype html><div id="root"></div><script type="module" src="/src/main.tsx"></script>\n',
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  await build({ root: folder, configFile: false, plugins: [react()], logLevel: "warn" });
  return join(folder, "dist");
}
