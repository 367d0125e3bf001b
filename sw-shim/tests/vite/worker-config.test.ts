import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, createServer, type InlineConfig, preview, type ViteDevServer } from "vite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readWorkerScript } from "../../src/cli/configuration/read";
import { hostRules, ruleFor } from "../../src/headers";
import { strongroom } from "../../src/vite";

const SOURCE = `
  import type { VaultConfig } from "strongroom/worker";
  import { scopes } from "./scopes";
  export default ({ env, mode }: { env: Record<string, string>; mode: string }): VaultConfig => ({
    cognito: {
      region: "eu-central-1",
      userPoolId: "eu-central-1_AbCdEfGhI",
      clientId: env.CLIENT_ID!,
      domain: "https://auth.example.com",
    },
    scopes,
    api: [{ url: mode === "production" ? "https://api.example.com/v1/" : "https://dev.example.com/v1/" }],
  });`;

let root: string;
let running: { close(): Promise<void> } | undefined;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "strongroom-vault-config-"));
  await writeFile(join(root, "index.html"), "<!doctype html><title>The app</title>");
  await writeFile(join(root, "vault.config.ts"), SOURCE);
  await writeFile(join(root, "scopes.ts"), 'export const scopes: string[] = ["openid"];');
  await writeFile(join(root, ".env"), "CLIENT_ID=from-dot-env\n");
});
afterEach(async () => {
  await running?.close();
  running = undefined;
  await rm(root, { recursive: true });
});

function configuration(config: InlineConfig = {}): InlineConfig {
  return {
    root,
    configFile: false,
    logLevel: "silent",
    plugins: [strongroom({ config: "vault.config.ts" })],
    server: { port: 0, host: "127.0.0.1" },
    preview: { port: 0, host: "127.0.0.1" },
    ...config,
  };
}

async function develop(config?: InlineConfig): Promise<ViteDevServer> {
  const server = await createServer(configuration(config));
  running = server;
  await server.listen();
  return server;
}

function ask(server: { resolvedUrls: { local: string[] } | null }, path: string): Promise<Response> {
  return fetch(new URL(path, server.resolvedUrls?.local[0]));
}

const library = await readFile(new URL("../../dist/strongroom-worker.js", import.meta.url), "utf8");

/** The configuration in a worker script that contains the worker file. */
function evaluated(script: string): { config: Record<string, unknown> } {
  expect(script.slice(0, library.length)).toBe(library);
  let config: Record<string, unknown> = {};
  const start = (given: Record<string, unknown>) => {
    config = given;
  };
  new Function("strongroom", script.slice(library.length))({ start });
  return { config };
}

describe("a configuration file", () => {
  it("becomes the worker script in development, with the variables of .env files", async () => {
    const response = await ask(await develop(), "/vault-worker.js");
    expect(response.headers.get("content-type")).toMatch(/^text\/javascript/);
    const { config } = evaluated(await response.text());
    expect(config).toMatchObject({
      cognito: { clientId: "from-dot-env" },
      api: [{ url: "https://dev.example.com/v1/" }],
    });
  });

  it("becomes a file of the build, and the headers follow from it", async () => {
    await build(configuration());
    const { config } = evaluated(await readFile(join(root, "dist/vault-worker.js"), "utf8"));
    expect(config).toMatchObject({ api: [{ url: "https://api.example.com/v1/" }] });
    const server = await preview(configuration());
    running = server;
    const rules = hostRules({
      origin: new URL(server.resolvedUrls?.local[0] ?? "").host,
      workers: ["/vault-worker.js"],
      api: ["https://api.example.com/v1/"],
      provider: {
        authorizationEndpoint: "https://auth.example.com/oauth2/authorize",
        tokenEndpoint: "https://auth.example.com/oauth2/token",
      },
    });
    for (const path of ["/", "/vault-worker.js", "/strongroom-worker.js"]) {
      const { headers } = await ask(server, path);
      const expected = ruleFor(rules, path).headers["Content-Security-Policy"];
      expect([path, headers.get("content-security-policy")]).toEqual([path, expected]);
    }
  });

  it("becomes a worker script in one file, at the configured path", async () => {
    const plugins = [strongroom({ config: "vault.config.ts", worker: "/workers/vault.js" })];
    await build(configuration({ plugins }));
    const script = await readFile(join(root, "dist/workers/vault.js"), "utf8");
    expect(evaluated(script).config).toMatchObject({ scopes: ["openid"] });
    expect(readWorkerScript(script, "https://app.example.com")).toEqual({
      imports: [],
      configuration: evaluated(script).config,
    });
  });

  it("is read again after a change of it or its imports, and pages reload", async () => {
    const server = await develop();
    const send = vi.spyOn(server.ws, "send");
    await writeFile(join(root, "scopes.ts"), 'export const scopes: string[] = ["openid", "email"];');
    server.watcher.emit("change", join(root, "scopes.ts"));
    await vi.waitFor(() => expect(send).toHaveBeenCalledWith({ type: "full-reload" }));
    const { config } = evaluated(await (await ask(server, "/vault-worker.js")).text());
    expect(config.scopes).toEqual(["openid", "email"]);
  });

  it("with a new mistake is reported, and the last valid one is used", async () => {
    const server = await develop();
    const told = vi.spyOn(server.config.logger, "error").mockImplementation(() => {});
    await writeFile(join(root, "scopes.ts"), 'export const scopes: string[] = ["email"];');
    server.watcher.emit("change", join(root, "scopes.ts"));
    await vi.waitFor(() =>
      expect(told).toHaveBeenCalledWith(expect.stringContaining('vault.config.ts: `scopes` lacks "openid"')),
    );
    const { config } = evaluated(await (await ask(server, "/vault-worker.js")).text());
    expect(config.scopes).toEqual(["openid"]);
  });
});

describe("is refused, with file, cause and remedy:", () => {
  it("a variable that is missing", async () => {
    await writeFile(join(root, ".env"), "");
    await expect(build(configuration())).rejects.toThrow(
      "vault.config.ts: the environment variable CLIENT_ID is missing. Set it, or add it to a .env file.",
    );
  });

  it("what the vault refuses, before anything is built", async () => {
    await writeFile(join(root, "scopes.ts"), "export const scopes: string[] = [];");
    await expect(build(configuration())).rejects.toThrow('vault.config.ts: `scopes` lacks "openid". Add it');
  });

  it("endpoints outside the folder that the app is served from", async () => {
    await writeFile(
      join(root, "vault.config.ts"),
      SOURCE.replace("scopes,", 'scopes,\n    basePath: "/auth",'),
    );
    await expect(build(configuration({ base: "/app/" }))).rejects.toThrow("vault.config.ts: `basePath`");
    await build(configuration());
  });

  it("a file that is not there", async () => {
    const plugins = [strongroom({ config: "nowhere.ts" })];
    await expect(build(configuration({ plugins }))).rejects.toThrow("nowhere.ts: the file does not exist");
  });

  it("a file without a default export", async () => {
    await writeFile(join(root, "vault.config.ts"), "export const config = {};");
    await expect(build(configuration())).rejects.toThrow(
      "vault.config.ts: the default export is not a configuration. Write `export default defineVault({ … })`.",
    );
  });

  it("a worker script of the app's own beside it", async () => {
    await mkdir(join(root, "public"));
    await writeFile(join(root, "public/vault-worker.js"), "");
    await expect(build(configuration())).rejects.toThrow(
      "vault-worker.js is in the public folder, but the plugin strongroom generates it from `config`.",
    );
  });
});
