import { mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { hostRules, ruleFor } from "strongroom/headers";
import { beforeAll, onTestFinished } from "vitest";
import { type Folder, root } from "../../sw-shim/packaging/packed.js";
import type { Browser } from "../e2e/engines/browser.js";
import { describe, expect, inBrowser, test } from "../e2e/scenario.js";
import { expectNoViolations } from "../e2e/violations.js";
import { copyExample, installedPackage } from "./example.js";

/** What `vite.config.ts` of the example says. */
const options = {
  workers: ["/vault-worker.js"],
  api: ["https://api.example.com/v1/"],
  provider: {
    authorizationEndpoint: "https://auth.example.com/oauth2/authorize",
    tokenEndpoint: "https://auth.example.com/oauth2/token",
  },
};

describe.each([
  { version: 6, at: "compatibility/vite-6/node_modules/vite" },
  { version: 7, at: "compatibility/vite-7/node_modules/vite" },
  { version: 8, at: "node_modules/vite" },
])("the plugin in Vite $version", ({ version, at }) => {
  let folder: Folder;
  let vite: typeof import("vite");

  beforeAll(async () => {
    folder = await copyExample("vite-vanilla", "https://api.example.com");
    await mkdir(folder.path("node_modules"));
    await symlink(join(root, at), folder.path("node_modules/vite"));
    vite = await import(pathToFileURL(join(root, at, "dist/node/index.js")).href);
    expect(vite.version).toMatch(new RegExp(`^${version}\\.`));
    // Before the other two tests: one looks at what is built, and a build beside a development server is nobody's.
    await vite.build({ root: folder.path(), logLevel: "error" });
  });

  inBrowser("serves the app in development, under a policy that it does not break", async ({ browser }) => {
    const server = await vite.createServer({ root: folder.path(), logLevel: "error", server: { port: 0 } });
    onTestFinished(() => server.close());
    await server.listen();
    const origin = originOf(server);
    await expectConnected(browser, origin);
    const { headers } = await fetch(origin);
    expect(headers.get("content-security-policy")).toMatch(/script-src 'self' 'nonce-/);
  });

  inBrowser("serves what it built with the headers of production", async ({ browser }) => {
    const server = await vite.preview({ root: folder.path(), logLevel: "error", preview: { port: 0 } });
    onTestFinished(() => server.close());
    const origin = originOf(server);
    await expectConnected(browser, origin);
    const rules = hostRules({ ...options, origin });
    for (const path of ["/", "/vault-worker.js", "/strongroom-worker.js", "/auth/callback"]) {
      const { headers, page } = ruleFor(rules, path);
      const response = await fetch(origin + path, { redirect: "manual" });
      expect(Object.fromEntries(response.headers), path).toMatchObject(asSent(headers, origin));
      expect(response.status, path).toBe(page?.status ?? 200);
    }
  });

  test("emits the worker file of the package", async () => {
    const installed = await installedPackage();
    expect(await readFile(folder.path("dist/strongroom-worker.js"), "utf8")).toBe(
      await readFile(installed.path("node_modules/strongroom/dist/strongroom-worker.js"), "utf8"),
    );
  });
});

async function expectConnected(browser: Browser, origin: string): Promise<void> {
  await browser.leaveOneTab();
  await browser.goto(origin);
  await browser.waitFor("the page to be connected", () =>
    browser.evaluate(() => document.getElementById("status")?.textContent === "anonymous"),
  );
  await expectNoViolations(browser);
}

function originOf({ resolvedUrls }: { resolvedUrls: { local: string[] } | null }): string {
  const [url = ""] = resolvedUrls?.local ?? [];
  return new URL(url).origin;
}

/** The headers as the plugin sends them: it names the worker script by host and port, without a scheme. */
function asSent(headers: Record<string, string>, origin: string): Record<string, string> {
  const { host } = new URL(origin);
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.replaceAll(origin, host)]),
  );
}
