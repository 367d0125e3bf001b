import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished } from "vitest";
import { freePort } from "../../dev-provider/src/test-support/free-port.js";
import { ada } from "../../dev-provider/src/users.js";
import { blocksOf } from "../../site/tests/blocks.js";
import { Folder, pack, root } from "../../sw-shim/packaging/packed.js";
import type { Browser } from "../e2e/engines/browser.js";
import { Page } from "../e2e/page.js";
import { inBrowser } from "../e2e/scenario.js";

let folder: Folder;
/** The local provider's first port. */
let port: number;

beforeAll(async () => {
  folder = await Folder.create();
  port = await freePort();
  const tarballs = [await pack(folder), await pack(folder, "dev-provider")];
  await folder.write("package.json", '{ "name": "my-app", "private": true, "type": "module" }\n');
  // As `npm create vite` leaves them.
  await folder.write("vite.config.ts", "export default {};\n");
  await folder.write(
    "index.html",
    '<!doctype html>\n<html lang="en"><body><div id="root"></div><script type="module" src="/src/main.tsx"></script></body></html>\n',
  );
  await folder.run("npm", "install", "--offline", "--no-audit", "--no-fund", ...tarballs);
  await folder.borrow("@vitejs/plugin-react", "react", "react-dom", "vite");

  const commands = blocksOf("README.md", ["sh"]).map(({ code }) => code.trim());
  expect(commands).toContain("npx --no-install strongroom init --dev-provider");
  expect(commands).toContain("npx --no-install strongroom dev-provider");
  await folder.run("npx", "--no-install", "strongroom", "init", "--dev-provider", String(port));
  for (const { path = "", code } of blocksOf("README.md", ["ts", "tsx"]).filter(isStep)) {
    await folder.write(path, code.replaceAll("http://localhost:8791/", `http://localhost:${port + 1}/`));
  }
  return () => folder.remove();
});

inBrowser(
  "the README's steps, from an empty folder, end signed in without an AWS account",
  async ({ browser }) => {
    await startProvider();
    const appPort = await freePort();
    const printed = await startVite("--port", String(appPort), "--strictPort");
    expect(printed).toContain(`callback URL http://localhost:${appPort}/auth/callback`);
    await signInAskAndSignOut(browser, appPort);
  },
);

inBrowser("what Vite builds of it signs in in its preview, on another port", async ({ browser }) => {
  await startProvider();
  const appPort = await freePort();
  await folder.run("vite", "build");
  await startVite("preview", "--port", String(appPort), "--strictPort");
  await signInAskAndSignOut(browser, appPort);
});

function startProvider(): Promise<string> {
  const strongroom = folder.path("node_modules/.bin/strongroom");
  return start(strongroom, ["dev-provider", "--port", String(port)], `${ada.username}, password`);
}

function startVite(...args: string[]): Promise<string> {
  return start(join(root, "node_modules/.bin/vite"), args, "sign-out URL");
}

async function signInAskAndSignOut(browser: Browser, appPort: number): Promise<void> {
  await browser.leaveOneTab();
  const page = new Page(browser, {
    app: { origin: `http://localhost:${appPort}` },
    authorizationServer: { origin: `http://localhost:${port}` },
  });
  await page.open();
  await page.clickButton("Sign in");
  await page.login.waitForForm();
  await page.login.submit(ada);
  await page.waitForContent("Hello ada@example.com");
  await page.clickButton("Call the API");
  await page.waitForContent("The API returned 200");

  await browser.markDocument();
  await page.clickButton("Sign out");
  await browser.waitForNewDocument();
  await page.waitForContent("Sign in");
}

/** The files of the quick start. The configuration is `init`'s there, and shown for a user pool only. */
function isStep({ path }: { path: string | undefined }): boolean {
  return path === "vite.config.ts" || path === "src/main.tsx";
}

/** Starts a program that runs until the test ends. Resolves with its output as soon as that has `sign`. */
async function start(command: string, args: string[], sign: string): Promise<string> {
  const child = spawn(process.execPath, [command, ...args], {
    cwd: folder.path(),
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => stop(child));
  let output = "";
  await new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk;
      if (output.includes(sign)) resolve();
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("exit", (code) => reject(new Error(`${command} ended with ${code}:\n${output}`)));
  });
  return output;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill();
  await ended;
}
