import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { ada } from "strongroom-demo/servers/users.js";
import { build } from "vite";
import { blocksOf } from "../../site/tests/blocks.js";
import type { Browser } from "./engines/browser.js";
import { LoginPage } from "./login-page.js";
import { engine, expect, scenarioIn } from "./scenario.js";

const test = scenarioIn(() => buildReadmeApp(engine));

test("the README's app signs in, asks the API with a token, and signs out", async ({ browser, standIns }) => {
  await browser.goto(standIns.app.origin);
  await press(browser, "Sign in");
  const login = new LoginPage(browser, standIns.authorizationServer.origin);
  await login.waitForForm();
  await login.submit(ada);
  await browser.waitFor("the app to greet Ada", async () =>
    (await text(browser)).includes("Hello ada@example.com"),
  );

  await press(browser, "Ask the API");
  const request = await browser.waitFor("the API to be asked", async () =>
    standIns.api.testing.requests.at(-1),
  );
  const { accessTokens } = standIns.authorizationServer.testing.issued;
  expect(request).toMatchObject({ method: "GET", authorization: { raw: `Bearer ${accessTokens[0]}` } });

  await press(browser, "Sign out");
  await browser.waitFor(
    "the app to offer the sign-in again",
    async () => (await text(browser)) === "Sign in",
  );
});

/** Builds what the README says to write, the API aside: that is on the app's origin here. */
async function buildReadmeApp(run: string): Promise<string> {
  const folder = fileURLToPath(new URL(`../artifacts/readme-app-${run}`, import.meta.url));
  const [main] = blocksOf("README.md", ["tsx"]);
  if (main?.path !== "src/main.tsx") throw new Error("The README's first piece of TSX is not src/main.tsx.");
  const files = {
    [main.path]: main.code.replaceAll("https://api.example.com/v1/", "/api/v1/"),
    "index.html": '<!doctype html><div id="root"></div><script type="module" src="/src/main.tsx"></script>\n',
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  await build({ root: folder, configFile: false, plugins: [react()], logLevel: "warn" });
  return join(folder, "dist");
}

async function press(browser: Browser, name: string): Promise<void> {
  await browser.waitFor(`the button "${name}"`, () =>
    browser.evaluate((name) => {
      const buttons = [...document.querySelectorAll("button")];
      for (const button of buttons) button.id = button.textContent === name ? "wanted" : "";
      return document.getElementById("wanted") !== null;
    }, name),
  );
  await browser.click("#wanted");
}

async function text(browser: Browser): Promise<string> {
  return await browser.evaluate(() => document.body?.textContent.trim() ?? "");
}
