import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, createLogger, createServer, type InlineConfig, preview, resolveConfig } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { checkHeaders } from "../../src/checks";
import { type HostOptions, hostRules, ruleFor } from "../../src/headers";
import { strongroom } from "../../src/vite";

const host: Omit<HostOptions, "workers"> = {
  api: ["https://api.example.com/v1/"],
  provider: {
    authorizationEndpoint: "https://login.example.com/oauth2/authorize",
    tokenEndpoint: "https://login.example.com/oauth2/token",
  },
};
const production = hostRules({ ...host, origin: "127.0.0.1:*", workers: ["/vault-worker.js"] });
const library = await readFile(new URL("../../dist/strongroom-worker.js", import.meta.url), "utf8");

let root: string;
let running: { close(): Promise<void> } | undefined;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "strongroom-vite-"));
  await mkdir(join(root, "public"));
  await writeFile(join(root, "public", "vault-worker.js"), "strongroom.start({});");
  await writeFile(
    join(root, "index.html"),
    '<!doctype html><html><head><title>The app</title><link rel="stylesheet" href="/style.css"></head><body><script type="module" src="/main.js"></script></body></html>',
  );
  await writeFile(join(root, "main.js"), "document.body.append('hello');");
  await writeFile(join(root, "style.css"), "body { color: green }");
});
afterEach(async () => {
  await running?.close();
  running = undefined;
});
afterAll(() => rm(root, { recursive: true }));

function configuration(config: InlineConfig = {}): InlineConfig {
  return {
    root,
    configFile: false,
    logLevel: "silent",
    cacheDir: join(root, ".vite"),
    plugins: [strongroom({ host })],
    ...config,
  };
}

describe("the preview", () => {
  const at = async (config: InlineConfig) =>
    (await resolveConfig(configuration(config), "serve", "production", "production", true)).preview.port;

  it("uses the port of the development server, whose callback URL is registered", async () => {
    expect(await at({})).toBe(5173);
    expect(await at({ server: { port: 3000 } })).toBe(3000);
  });

  it("uses its own port if one is set", async () => {
    expect(await at({ server: { port: 3000 }, preview: { port: 8080 } })).toBe(8080);
  });
});

describe.each([
  { base: "/", callback: "/auth/callback" },
  { base: "/app/", callback: "/app/auth/callback" },
])(
  "below its URLs, Vite prints what the user pool has to allow for an app at $base",
  ({ base, callback }) => {
    const logged: string[] = [];
    const customLogger = { ...createLogger(), info: (text: string) => void logged.push(text) };
    const options: InlineConfig = { base, customLogger };
    beforeEach(() => void logged.splice(0));

    function expectUrls(server: { resolvedUrls: { local: string[] } | null; printUrls(): void }): void {
      const { origin } = new URL(server.resolvedUrls?.local[0] ?? "");
      server.printUrls();
      expect(logged.at(-1)).toContain(
        `callback URL ${origin}${callback} and the sign-out URL ${origin}${base}`,
      );
    }

    it("in development", async () => {
      const server = await createServer(
        configuration({ ...options, server: { port: 0, host: "127.0.0.1" } }),
      );
      running = server;
      expectUrls(await server.listen());
    });

    it("in preview", async () => {
      await build(configuration({ base }));
      const server = await preview(configuration({ ...options, preview: { port: 0, host: "127.0.0.1" } }));
      running = server;
      expectUrls(server);
    });
  },
);

type Send = (path: string, init?: RequestInit) => Promise<Response>;

/** Vite's development server. */
async function develop(config?: InlineConfig): Promise<Send> {
  const server = await createServer(configuration({ server: { port: 0, host: "127.0.0.1" }, ...config }));
  running = server;
  await server.listen();
  return sender(server.resolvedUrls?.local[0]);
}

/** The build, and Vite's preview of it. */
async function buildAndPreview(config?: InlineConfig): Promise<Send> {
  await build(configuration(config));
  const server = await preview(configuration({ preview: { port: 0, host: "127.0.0.1" }, ...config }));
  running = server;
  return sender(server.resolvedUrls?.local[0]);
}

function sender(url: string | undefined): Send {
  if (!url) throw new Error("the server has no URL");
  return (path, init) => fetch(new URL(path, url), init);
}

const navigation = { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };

function policy(response: Response): Map<string, string[]> {
  const text = anyPort(response.headers.get("content-security-policy")) ?? "";
  return new Map(
    text.split(";").map((directive) => {
      const [name = "", ...sources] = directive.trim().split(/\s+/);
      return [name, sources];
    }),
  );
}

/** The port of a server differs each time. */
function anyPort(value: string | null): string | undefined {
  return value?.replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:*");
}

/** Expects exactly the headers that the host must send for `pathname`. */
function expectHeaders(response: Response, pathname: string): void {
  for (const [name, value] of Object.entries(ruleFor(production, pathname).headers)) {
    expect([name, anyPort(response.headers.get(name))]).toEqual([name, value]);
  }
}

describe.each([
  ["development", develop],
  ["preview", buildAndPreview],
])("in %s", (_, start) => {
  it("the callback is no document, and the other endpoints are the static page, never the app", async () => {
    const send = await start();
    for (const path of ["/auth/callback", "/auth/login", "/auth/x/index.html"]) {
      const { page } = ruleFor(production, path);
      for (const init of [navigation, {}, { method: "POST", ...navigation }]) {
        const response = await send(`${path}?code=x&state=y`, { redirect: "manual", ...init });
        expect([response.status, await response.text()]).toEqual([page?.status, page?.body]);
        expectHeaders(response, path);
      }
    }
    expect(await (await send("/auth/login", { method: "HEAD" })).text()).toBe("");
  });

  it("the package's worker script is there", async () => {
    const response = await (await start())("/strongroom-worker.js");
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(library);
    expect(response.headers.get("content-type")).toMatch(/^text\/javascript/);
  });

  it("both worker scripts come with the worker's policy", async () => {
    const send = await start();
    for (const path of ["/strongroom-worker.js", "/vault-worker.js"]) {
      const response = await send(path);
      expect(response.headers.get("cache-control")).toBe("no-cache");
      expect(response.headers.get("content-security-policy")).toBe(
        ruleFor(production, path).headers["Content-Security-Policy"],
      );
    }
    expect(await (await send("/vault-worker.js")).text()).toBe("strongroom.start({});");
  });

  it("the app comes with its headers, wherever a navigation goes", async () => {
    const send = await start();
    for (const path of ["/", "/notes", "/index.html"]) {
      const response = await send(path, navigation);
      expect(await response.text()).toContain("The app");
      expect(response.headers.get("cross-origin-opener-policy")).toBe("same-origin");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(policy(response).get("frame-src")).toEqual(["'none'"]);
      expect(policy(response).get("require-trusted-types-for")).toEqual(["'script'"]);
    }
  });

  it("all paths are below `base`", async () => {
    const send = await start({ base: "/app/" });
    expect(await (await send("/app/strongroom-worker.js")).text()).toBe(library);
    const response = await send("/app/vault-worker.js");
    expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    expect((await send("/app/auth/callback", navigation)).headers.get("x-frame-options")).toBe("DENY");
  });

  it("the app's policy is extended by `host.policy`", async () => {
    const fonts = "https://fonts.example.com";
    const send = await start({
      plugins: [
        strongroom({ host: { ...host, policy: { "font-src": [fonts], "trusted-types": ["dompurify"] } } }),
      ],
    });
    const app = policy(await send("/", navigation));
    expect(app.get("font-src")).toEqual(["'self'", fonts]);
    expect(app.get("trusted-types")).toEqual(expect.arrayContaining(["strongroom", "dompurify"]));
    expect(policy(await send("/vault-worker.js")).get("font-src")).toBeUndefined();
  });

  it("the worker's path can be changed", async () => {
    const send = await start({ plugins: [strongroom({ worker: "/main.js", host })] });
    expect(policy(await send("/main.js")).get("default-src")).toEqual(["'none'"]);
    expect(policy(await send("/vault-worker.js")).get("default-src")).toEqual(["'self'"]);
  });
});

describe("the build", () => {
  it("has the worker script and no nonce, and passes the production headers", async () => {
    const send = await buildAndPreview();
    expect(await readFile(join(root, "dist", "strongroom-worker.js"), "utf8")).toBe(library);
    const response = await send("/", navigation);
    expect(await response.text()).not.toMatch(/nonce|createPolicy/);
    expectHeaders(response, "/");
    expect(await checkHeaders(response.url, host)).toEqual([]);
  });

  it("for a server has no worker script", async () => {
    await build(configuration({ build: { ssr: "main.js", outDir: "dist-ssr" } }));
    await expect(readFile(join(root, "dist-ssr", "strongroom-worker.js"))).rejects.toThrow(/ENOENT/);
  });
});

describe("the development policy", () => {
  it("has no finding of checkHeaders", async () => {
    const send = await develop();
    const { url } = await send("/");
    expect(await checkHeaders(url, host)).toEqual([]);
  });

  it("adds only what Vite's client needs", async () => {
    const response = await (await develop())("/", navigation);
    const nonce = /<meta property="csp-nonce" nonce="([\w-]+)"/.exec(await response.text())?.[1];
    const opened = new Map([
      ["script-src", [`'nonce-${nonce}'`]],
      ["style-src", [`'nonce-${nonce}'`]],
      ["worker-src", ["blob:"]],
      ["trusted-types", ["default"]],
    ]);
    const closed = ruleFor(production, "/").headers["Content-Security-Policy"] ?? "";
    const expected = closed.split("; ").map((directive) => {
      const [name = "", ...sources] = directive.split(" ");
      return [name, [...sources, ...(opened.get(name) ?? [])]] as const;
    });
    expect(policy(response)).toEqual(new Map(expected));
  });

  it("covers every script and style that Vite adds", async () => {
    const html = await (await (await develop())("/", navigation)).text();
    const tags = html.match(/<(?:script|style|link rel="stylesheet")[^>]*>/g) ?? [];
    expect(tags.length).toBeGreaterThanOrEqual(3);
    for (const tag of tags) expect(tag).toMatch(/nonce="[\w-]{22}"/);
  });

  it("has a new nonce at each start", async () => {
    const nonces = new Set<string | undefined>();
    for (let i = 0; i < 2; i++) {
      const send = await develop();
      nonces.add(
        policy(await send("/"))
          .get("script-src")
          ?.at(-1),
      );
      await running?.close();
    }
    expect(nonces.size).toBe(2);
  });

  it("keeps a nonce that the app has configured", async () => {
    const send = await develop({ html: { cspNonce: "mine" } });
    expect(policy(await send("/")).get("script-src")).toEqual(["'self'", "'nonce-mine'"]);
  });

  it("allows the WebSocket on its own port", async () => {
    const send = await develop({
      server: { port: 0, host: "127.0.0.1", ws: { port: 0, clientPort: 4_443 } },
    });
    expect(policy(await send("/")).get("connect-src")).toEqual([
      "'self'",
      "https://api.example.com",
      "ws://*:4443",
      "wss://*:4443",
    ]);
  });

  it("applies to modules, styles and missing files too", async () => {
    const send = await develop();
    for (const path of ["/main.js", "/style.css", "/@vite/client", "/gone.png"]) {
      expect(policy(await send(path)).get("default-src"), path).toEqual(["'self'"]);
    }
  });
});
