import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { type IncomingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { runInNewContext } from "node:vm";
import { build, createLogger, createServer, type InlineConfig, preview } from "vite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hostOptionsOf, ruleFor, type VaultConfig, vaultOriginRules } from "../../src/headers";
import { strongroom } from "../../src/vite";

const config: VaultConfig = {
  cognito: {
    region: "eu-central-1",
    userPoolId: "eu-central-1_AbCdEfGhI",
    clientId: "1example23456789",
    domain: "https://auth.example.com",
  },
  scopes: ["openid"],
  api: [{ url: "https://api.example.com/v1/" }],
  apps: ["https://app.example.com"],
};
const VAULT = "https://vault.example.com";
const dist = (name: string) => readFile(new URL(`../../dist/${name}`, import.meta.url), "utf8");

let root: string;
let running: { close(): Promise<void> } | undefined;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "strongroom-vite-vault-"));
  await writeFile(join(root, "index.html"), "<!doctype html><title>The app</title>");
  await writeConfig(config);
});
afterEach(async () => {
  await running?.close();
  running = undefined;
  await rm(root, { recursive: true });
});

const writeConfig = (changed: object) =>
  writeFile(join(root, "vault.config.ts"), `export default ${JSON.stringify(changed)};`);

function configuration(changes: InlineConfig = {}): InlineConfig {
  return {
    root,
    configFile: false,
    logLevel: "silent",
    plugins: [strongroom({ config: "vault.config.ts", vault: VAULT })],
    server: { port: 0, host: "127.0.0.1" },
    preview: { port: 0, host: "127.0.0.1" },
    ...changes,
  };
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Sends a request to a host of the running server, as a browser does, which resolves every name below .localhost to this machine. */
type Ask = (host: string, path: string, headers?: Record<string, string>) => Promise<Answer>;

function asking(url: string | undefined): { port: string; ask: Ask } {
  const { port, hostname } = new URL(url ?? "");
  const ask: Ask = (host, path, more = {}) =>
    new Promise((resolve, reject) => {
      request(
        { hostname, port, path, headers: { host: `${host}:${port}`, accept: "text/html", ...more } },
        async (response) => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, body: await text(response) });
        },
      )
        .on("error", reject)
        .end();
    });
  return { port, ask };
}

async function develop(changes?: InlineConfig) {
  const server = await createServer(configuration(changes));
  running = server;
  await server.listen();
  return { ...asking(server.resolvedUrls?.local[0]), server };
}

async function buildAndPreview(changes?: InlineConfig) {
  await build(configuration(changes));
  const server = await preview(configuration(changes));
  running = server;
  return { ...asking(server.resolvedUrls?.local[0]), server };
}

/** The options of `strongroom.intercept` in an app's worker script, which contains the interceptor. */
async function intercepted(script: string): Promise<unknown> {
  const library = await dist("strongroom-interceptor.js");
  expect(script.slice(0, library.length)).toBe(library);
  return called("intercept", script.slice(library.length));
}

/** The argument of `strongroom[name]` in a script. */
function called(name: string, script: string): unknown {
  let given: unknown;
  const take = (options: object) => {
    given = JSON.parse(JSON.stringify(options));
  };
  runInNewContext(script, { importScripts() {}, strongroom: { [name]: take } });
  return given;
}

describe.each([
  ["in development", develop],
  ["in preview", buildAndPreview],
])("%s", (_, start) => {
  it("the vault's host serves its files with the headers of production, for the app of this machine", async () => {
    const { ask, port } = await start();
    const apps = [`http://app.strongroom.localhost:${port}`];
    const rules = vaultOriginRules({ apps, ...hostOptionsOf(config) });
    for (const { path, headers, page } of rules.slice(0, -1)) {
      const answer = await ask("vault.strongroom.localhost", `${path}?x`);
      expect([path, answer.status]).toEqual([path, 200]);
      for (const [name, value] of Object.entries(headers))
        expect(answer.headers[name.toLowerCase()]).toBe(value);
      if (page) expect(answer.body).toBe(page.body);
      else if (path === "/vault-worker.js") expect(called("start", answer.body)).toEqual({ ...config, apps });
      else expect(answer.body).toBe(await dist(path));
    }
  });

  it("the vault's host serves nothing of the app", async () => {
    const { ask, port } = await start();
    const apps = [`http://app.strongroom.localhost:${port}`];
    const missing = ruleFor(vaultOriginRules({ apps, ...hostOptionsOf(config) }), "/");
    for (const path of [
      "/",
      "/index.html",
      "/app-worker.js",
      "/@vite/client",
      "/vault.config.ts",
      "/auth/login",
    ]) {
      const { status, body, headers } = await ask("vault.strongroom.localhost", path);
      expect([path, status, body]).toEqual([path, 404, missing.page?.body]);
      expect(headers["content-security-policy"]).toBe(missing.headers["Content-Security-Policy"]);
    }
  });

  it("the app's host serves the app without headers, and its worker script for the vault of this machine", async () => {
    const { ask, port } = await start();
    const page = await ask("app.strongroom.localhost", "/");
    expect([page.status, page.body]).toEqual([200, expect.stringContaining("The app")]);
    expect(page.headers).not.toHaveProperty("content-security-policy");
    const { headers, body } = await ask("app.strongroom.localhost", "/app-worker.js");
    expect(headers["content-type"]).toMatch(/^text\/javascript/);
    expect(await intercepted(body)).toEqual({
      vault: `http://vault.strongroom.localhost:${port}`,
      api: ["https://api.example.com/v1/"],
    });
    const library = await ask("app.strongroom.localhost", "/strongroom-interceptor.js");
    expect(library.body).toBe(await dist("strongroom-interceptor.js"));
  });

  it("Vite prints where to open the app, and the URLs to register", async () => {
    const logged: string[] = [];
    const customLogger = { ...createLogger(), info: (line: string) => void logged.push(line) };
    const { server, port } = await start({ customLogger });
    server.printUrls();
    expect(logged.at(-1)).toContain(
      `Open the app at http://app.strongroom.localhost:${port}/ and register the callback URL http://vault.strongroom.localhost:${port}/callback.html and the sign-out URL http://app.strongroom.localhost:${port}/`,
    );
  });

  it("a page that is opened at localhost, as Vite prints it, is redirected to the app's host", async () => {
    const { ask, port } = await start();
    const document = { "sec-fetch-dest": "document" };
    const { status, headers } = await ask("localhost", "/notes?id=1", document);
    expect([status, headers.location]).toEqual([307, `http://app.strongroom.localhost:${port}/notes?id=1`]);
    expect((await ask("app.strongroom.localhost", "/", document)).status).toBe(200);
    // Tools wait for this URL, and Vite's client connects to it.
    expect((await ask("localhost", "/")).status).toBe(200);
  });

  it("an app that is opened at another host causes one warning with the right host", async () => {
    const warned: string[] = [];
    const customLogger = { ...createLogger(), warnOnce: (line: string) => void warned.push(line) };
    const { ask, port } = await start({ customLogger });
    await ask("app.strongroom.localhost", "/app-worker.js");
    expect(warned).toEqual([]);
    await ask("localhost", "/app-worker.js");
    expect(warned).toEqual([
      `The vault serves only http://app.strongroom.localhost:${port}. Open the app there.`,
    ]);
  });
});

describe("the build", () => {
  it("has the interceptor and the app's worker script, and nothing of the vault", async () => {
    await build(configuration());
    expect((await readdir(join(root, "dist"))).sort()).toEqual([
      "app-worker.js",
      "index.html",
      "strongroom-interceptor.js",
    ]);
    expect(await intercepted(await readFile(join(root, "dist/app-worker.js"), "utf8"))).toEqual({
      vault: VAULT,
      api: ["https://api.example.com/v1/"],
    });
  });

  it("has all files of the vault in a folder of their own", async () => {
    await build(configuration());
    const rules = vaultOriginRules({ apps: config.apps ?? [], ...hostOptionsOf(config) });
    const expected = rules.map(({ path }) => (path === "/*" ? "404.html" : path.slice(1)));
    expect((await readdir(join(root, "dist-vault"))).sort()).toEqual(expected.sort());
    for (const name of expected) {
      const content = await readFile(join(root, "dist-vault", name), "utf8");
      const { page } = ruleFor(rules, `/${name}`);
      if (page) expect(content).toBe(page.body);
      else if (name === "vault-worker.js") expect(called("start", content)).toEqual(config);
      else expect(content).toBe(await dist(name));
    }
  });

  it("follows `base`, `outDir` and `worker`", async () => {
    const plugins = [strongroom({ config: "vault.config.ts", vault: `${VAULT}/`, worker: "/app/sw.js" })];
    await build(configuration({ base: "/app/", build: { outDir: "out" }, plugins }));
    expect(await intercepted(await readFile(join(root, "out/sw.js"), "utf8"))).toMatchObject({
      vault: VAULT,
    });
    expect(await readdir(join(root, "out-vault"))).toContain("frame.html");
  });

  it("for a server has neither", async () => {
    await writeFile(join(root, "main.js"), "export {};");
    await build(configuration({ build: { ssr: "main.js", outDir: "dist-ssr" } }));
    expect(await readdir(join(root, "dist-ssr"))).toEqual(["main.mjs"]);
    expect(await readdir(root)).not.toContain("dist-ssr-vault");
  });
});

describe("in development, a change of the configuration", () => {
  it("reaches the vault and the app", async () => {
    const { ask, server } = await develop();
    const reloaded = new Promise((resolve) => {
      server.ws.send = resolve as typeof server.ws.send;
    });
    await writeConfig({ ...config, api: [{ url: "https://other.example.com/" }] });
    server.watcher.emit("change", join(root, "vault.config.ts"));
    expect(await reloaded).toEqual({ type: "full-reload" });
    const { body } = await ask("app.strongroom.localhost", "/app-worker.js");
    expect(await intercepted(body)).toMatchObject({ api: ["https://other.example.com/"] });
    const worker = await ask("vault.strongroom.localhost", "/vault-worker.js");
    expect(worker.headers["content-security-policy"]).toContain("https://other.example.com");
  });
});

describe("is refused, with cause and remedy:", () => {
  it("a vault on an origin of its own without apps", async () => {
    const { apps: _, ...own } = config;
    await writeConfig(own);
    await expect(build(configuration())).rejects.toThrow("vault.config.ts: `apps` is missing. Add");
  });

  it("apps without a vault on an origin of its own", async () => {
    const plugins = [strongroom({ config: "vault.config.ts" })];
    await expect(build(configuration({ plugins }))).rejects.toThrow(
      "vault.config.ts: `apps` is for a vault on an origin of its own. Add `vault`",
    );
  });

  it("an app that is no origin", async () => {
    await writeConfig({ ...config, apps: ["https://app.example.com/app/"] });
    await expect(build(configuration())).rejects.toThrow(/vault\.config\.ts: `apps\[0\]`/);
  });

  it.each(["http://vault.example.com", `${VAULT}/frame.html`, "vault.example.com"])(
    "the vault %s",
    async (vault) => {
      const plugins = [strongroom({ config: "vault.config.ts", vault })];
      await expect(build(configuration({ plugins }))).rejects.toThrow(/`vault` (must be|is)/);
    },
  );

  it("a worker script of the app's own beside the generated one", async () => {
    await mkdir(join(root, "public"));
    await writeFile(join(root, "public/app-worker.js"), "");
    await expect(build(configuration())).rejects.toThrow("app-worker.js is in the public folder");
  });
});
