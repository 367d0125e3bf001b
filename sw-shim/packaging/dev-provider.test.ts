import { readdir, readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { devProviderConfiguration } from "../../dev-provider/src/configuration";
import type * as Package from "../../dev-provider/src/dev-provider";
import { freePort } from "../../dev-provider/src/test-support/free-port";
import { TestApp } from "../../dev-provider/src/test-support/sign-in";
import { Folder, pack, root } from "./packed";

let folder: Folder;

beforeAll(async () => {
  folder = await Folder.create();
  const tarball = await pack(folder, "dev-provider");
  await folder.write("package.json", '{ "name": "app", "private": true }\n');
  await folder.run("npm", "install", "--offline", "--no-audit", "--no-fund", tarball);
  expect(await folder.run("publint", "run", tarball, "--strict")).toContain("All good!");
});
afterAll(() => folder.remove());

const installed = "node_modules/strongroom-dev-provider";

it("the local provider is one file, without dependencies, tests or paths of the machine that built it", async () => {
  expect((await readdir(folder.path("node_modules"))).filter((name) => !name.startsWith("."))).toEqual([
    "strongroom-dev-provider",
  ]);
  expect((await readdir(folder.path(installed), { recursive: true })).sort()).toEqual([
    "README.md",
    "dist",
    "dist/LICENSE-APACHE",
    "dist/LICENSE-MIT",
    "dist/dev-provider.js",
    "dist/third-party-licences.txt",
    "package.json",
  ]);
  const program = await readFile(folder.path(installed, "dist/dev-provider.js"), "utf8");
  expect(program.includes(root.replace(/\/$/, ""))).toBe(false);
});

it("the packed local provider signs a user in, renews, and its API takes the token", async () => {
  const { startDevProvider }: typeof Package = await import(
    pathToFileURL(folder.path(installed, "dist/dev-provider.js")).href
  );
  const port = await freePort();
  const provider = await startDevProvider({ port });
  try {
    const { clientId, authorizationEndpoint, tokenEndpoint, revocationEndpoint, logoutEndpoint } =
      devProviderConfiguration(port).provider;
    const endpoints = {
      authorization: authorizationEndpoint,
      token: tokenEndpoint,
      revocation: revocationEndpoint,
      logout: logoutEndpoint,
      jwks: "",
    };
    const app = new TestApp({ clientId, endpoints }, "http://localhost:5173/auth/callback");
    const tokens = await app.signIn();
    expect((await app.refresh(tokens.refresh_token)).status).toBe(200);
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    expect((await fetch(`${provider.api}notes`, { headers })).status).toBe(200);
  } finally {
    await provider.close();
  }
});
