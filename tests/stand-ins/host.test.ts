import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { checkHeaders } from "strongroom/check-headers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { listen } from "../../dev-provider/src/loopback.js";
import { TestedHost } from "./host.js";

const navigation = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const authorizationServer = {
  issuer: "http://localhost:5174/eu-central-1_Strongroo",
  clientId: "strongroom-demo",
  endpoints: {
    authorization: "http://localhost:5174/oauth2/authorize",
    token: "http://localhost:5174/oauth2/token",
    revocation: "http://localhost:5174/oauth2/revoke",
    logout: "http://localhost:5174/logout",
    jwks: "http://localhost:5174/eu-central-1_Strongroo/.well-known/jwks.json",
  },
};

let folder: string;
let host: TestedHost;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strongroom-host-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "assets", "index-3fA9.js"), "export {};");
  await writeFile(join(folder, "index.html"), "<!doctype html><title>The app</title>");
  await writeFile(join(folder, "worker.js"), "self.strongroom = {};");
  host = await startHost(folder);
});
afterEach(() => host.testing.reset());
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

async function startHost(app: string): Promise<TestedHost> {
  const listener = await listen();
  try {
    return TestedHost.start({
      listener,
      app,
      workerScript: join(folder, "worker.js"),
      authorizationServer,
      api: {
        url: "http://localhost:5175/v1/",
        mount: (prefix) => async (ctx, next) => {
          if (!ctx.path.startsWith(`${prefix}/`)) return next();
          ctx.body = { method: ctx.method, path: ctx.path };
        },
      },
    });
  } catch (error) {
    await listener.close();
    throw error;
  }
}

function send(path: string, init?: RequestInit): Promise<Response> {
  return fetch(host.origin + path, init);
}

/** What `strongroom.start` is called with by the worker script the host sends, and what ran before. */
async function runWorkerScript(): Promise<unknown[]> {
  const calls: unknown[] = [];
  runInNewContext(await (await send("/vault-worker.js")).text(), {
    importScripts: (path: string) => calls.push(path),
    strongroom: { start: (config: unknown) => calls.push(structuredClone(config)) },
    note: (text: string) => calls.push(text),
  });
  return calls;
}

describe("the worker's own paths", () => {
  it("the callback is no document", async () => {
    for (const init of [{ headers: navigation }, {}, { method: "POST", headers: navigation }]) {
      const response = await send("/auth/callback?code=x&state=y", init);
      expect([response.status, await response.text()]).toEqual([204, ""]);
    }
  });

  it.each(["/auth/login", "/auth/anything/below"])("%s is the static page, never the app", async (path) => {
    for (const init of [{ headers: navigation }, {}, { method: "POST", headers: navigation }]) {
      const response = await send(path, init);
      expect(response.status).toBe(404);
      const html = await response.text();
      expect(html).not.toContain("<title>The app</title>");
      expect(html).not.toMatch(/<script/i);
      expect(response.headers.get("content-type")).toMatch(/^text\/html/);
      expect(response.headers.get("content-security-policy")).toMatch(
        /default-src 'none'.*frame-ancestors 'none'.*sandbox/,
      );
      expect(response.headers.get("x-frame-options")).toBe("DENY");
      expect(response.headers.get("referrer-policy")).toBe("no-referrer");
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });
});

describe("the app", () => {
  it.each(["/", "/notes", "/some/deep/path", "/index.html"])(
    "is what a navigation to %s gets",
    async (path) => {
      const response = await send(path, { headers: navigation });
      expect([response.status, await response.text()]).toEqual([
        200,
        "<!doctype html><title>The app</title>",
      ]);
      expect(response.headers.get("content-type")).toMatch(/^text\/html/);
      expect(response.headers.get("cache-control")).toBe("no-cache");
      expect(response.headers.get("cross-origin-opener-policy")).toBe("same-origin");
      const policy = response.headers.get("content-security-policy");
      expect(policy).toMatch(/script-src 'self'(;|$)/);
      expect(policy).toMatch(/frame-src 'none'(;|$)/);
    },
  );

  it("is not served for a missing file", async () => {
    expect((await send("/assets/index-gone.js")).status).toBe(404);
    expect((await send("/assets/index-gone.js", { headers: navigation })).status).toBe(404);
    expect((await send("/favicon.ico", { headers: navigation })).status).toBe(404);
    expect((await send("/notes")).status).toBe(404);
    expect((await send("/notes", { method: "POST", headers: navigation })).status).toBe(404);
  });

  it("has immutable assets, and a page that is revalidated", async () => {
    const asset = await send("/assets/index-3fA9.js");
    expect(asset.headers.get("content-type")).toMatch(/javascript/);
    expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    const etag = (await send("/")).headers.get("etag") ?? "";
    expect((await send("/", { headers: { "if-none-match": etag } })).status).toBe(304);
  });

  it("stays in its folder", async () => {
    // fetch would resolve the dots itself.
    const status = await new Promise((resolve) =>
      get(`${host.origin}/`, { path: "/../../../../../../etc/passwd" }, (response) =>
        resolve(response.resume().statusCode),
      ),
    );
    expect(status).toBe(404);
  });

  it("finds its APIs in /config.json", async () => {
    const response = await send("/config.json");
    expect(await response.json()).toEqual({
      api: "http://localhost:5175/v1/",
      ownOriginApi: "/api/v1/",
      mode: { vault: host.origin },
    });
    expect(await (await send("/api/v1/notes", { method: "POST" })).json()).toEqual({
      method: "POST",
      path: "/api/v1/notes",
    });
  });
});

describe("the worker scripts", () => {
  it.each(["/vault-worker.js", "/strongroom-worker.js"])(
    "%s has its own policy and is revalidated",
    async (path) => {
      const response = await send(path);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toMatch(/^text\/javascript/);
      expect(response.headers.get("cache-control")).toBe("no-cache");
      const policy = response.headers.get("content-security-policy");
      expect(policy).toMatch(/default-src 'none'/);
      expect(policy).toMatch(/script-src 'self' 'wasm-unsafe-eval'/);
      expect(policy).toMatch(/connect-src[^;]* http:\/\/localhost:5175[^;]* http:\/\/localhost:5174/);
    },
  );

  it("start the vault with the endpoints of the stand-ins", async () => {
    const { endpoints, issuer, clientId } = authorizationServer;
    expect(await runWorkerScript()).toEqual([
      "/strongroom-worker.js",
      {
        provider: {
          issuer,
          clientId,
          authorizationEndpoint: endpoints.authorization,
          tokenEndpoint: endpoints.token,
          revocationEndpoint: endpoints.revocation,
          logoutEndpoint: endpoints.logout,
        },
        scopes: ["openid", "email", "profile", "notes/read", "notes/write"],
        api: [{ url: "http://localhost:5175/v1/" }, { url: `${host.origin}/api/v1/` }],
      },
    ]);
  });
});

it("says what is missing when the demo is not built", async () => {
  await expect(startHost(join(folder, "nowhere"))).rejects.toThrow(
    /nowhere\/index\.html does not exist.*npm start/,
  );
});

describe("a test", () => {
  it("puts a prelude before the worker and changes its configuration", async () => {
    host.testing.prelude = "note('first')";
    host.testing.config = { unauthenticated: "reject", scopes: undefined };
    const [first, script, config] = await runWorkerScript();
    expect([first, script]).toEqual(["first", "/strongroom-worker.js"]);
    expect(config).toMatchObject({ unauthenticated: "reject", provider: { clientId: "strongroom-demo" } });
    expect(config).not.toHaveProperty("scopes");
    expect(host.testing.workerConfig).toHaveProperty("scopes");
  });

  it("removes the worker script, or replaces it with the app", async () => {
    host.testing.workerScript = "missing";
    expect((await send("/vault-worker.js")).status).toBe(404);
    host.testing.workerScript = "html";
    const response = await send("/vault-worker.js");
    expect([response.status, await response.text()]).toEqual([200, "<!doctype html><title>The app</title>"]);
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
    host.testing.reset();
    expect((await send("/vault-worker.js")).headers.get("content-type")).toMatch(/^text\/javascript/);
  });

  it("makes the host a plain static one", async () => {
    host.testing.hostHeaders = false;
    const response = await send("/auth/callback?code=x", { headers: navigation });
    expect([response.status, await response.text()]).toEqual([200, "<!doctype html><title>The app</title>"]);
    for (const name of ["content-security-policy", "x-frame-options", "cross-origin-opener-policy"]) {
      expect(response.headers.get(name)).toBeNull();
    }
    expect((await send("/vault-worker.js")).headers.get("content-security-policy")).toBeNull();
  });

  it("removes only the app's headers", async () => {
    host.testing.appHeaders = false;
    expect((await send("/", { headers: navigation })).headers.get("content-security-policy")).toBeNull();
    expect((await send("/auth/callback")).headers.get("content-security-policy")).toMatch(/sandbox/);
    expect((await send("/vault-worker.js")).headers.get("content-security-policy")).toMatch(/connect-src/);
  });

  it("reads what the host received", async () => {
    await send("/auth/callback?code=x", { headers: { ...navigation, cookie: "a=b" } });
    await send("/assets/gone.js");
    await send("/");
    expect(host.testing.requests).toMatchObject([
      {
        method: "GET",
        path: "/auth/callback",
        query: { code: "x" },
        headers: { cookie: "a=b" },
        status: 204,
      },
      { path: "/assets/gone.js", status: 404 },
      { path: "/", status: 200 },
    ]);
  });
});

describe("checkHeaders", () => {
  const options = {
    api: ["http://localhost:5175/v1/"],
    provider: {
      authorizationEndpoint: authorizationServer.endpoints.authorization,
      tokenEndpoint: authorizationServer.endpoints.token,
    },
  };

  it("finds nothing wrong with this host", async () => {
    expect(
      await checkHeaders(host.origin, { ...options, paths: ["/some/deep/path", "/config.json"] }),
    ).toEqual([]);
  });

  it("finds what is wrong with a plain static one", async () => {
    host.testing.hostHeaders = false;
    const found = await checkHeaders(host.origin, options);
    expect(found.map(({ code }) => code)).toEqual([
      "app_without_policy",
      "app_keeps_its_popups",
      "callback_keeps_its_url",
      "callback_is_the_app",
      "callback_can_be_read",
      "callback_can_be_framed",
      "callback_runs_script",
      "callback_tells_its_url",
      "worker_without_policy",
      "no_nosniff",
      "callback_is_stored",
      "callback_succeeds",
    ]);
  });

  it("finds the app's page in place of the worker", async () => {
    host.testing.workerScript = "html";
    expect(await checkHeaders(host.origin, options)).toMatchObject([
      { code: "worker_is_no_script", urls: [`${host.origin}/vault-worker.js`] },
    ]);
  });
});
