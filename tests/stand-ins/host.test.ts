import { mkdtemp, rm, writeFile } from "node:fs/promises";
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
  await writeFile(join(folder, "index.html"), "<!doctype html><title>The app</title>");
  await writeFile(join(folder, "worker.js"), "self.strongroom = {};");
  host = TestedHost.start({
    listener: await listen(),
    app: folder,
    workerScript: join(folder, "worker.js"),
    authorizationServer,
    api: {
      url: "http://localhost:5175/v1/",
      mount: () => (_ctx, next) => next(),
    },
  });
});
afterEach(() => host.testing.reset());
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

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

  it("makes the host a plain static one, which the headers are there to avoid", async () => {
    host.testing.hostHeaders = false;
    const response = await send("/auth/callback?code=x", { headers: navigation });
    expect([response.status, await response.text()]).toEqual([200, "<!doctype html><title>The app</title>"]);
    for (const name of ["content-security-policy", "x-frame-options", "cross-origin-opener-policy"]) {
      expect(response.headers.get(name)).toBeNull();
    }
    expect((await send("/vault-worker.js")).headers.get("content-security-policy")).toBeNull();
  });

  it("removes the headers of the app alone", async () => {
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
        status: 303,
      },
      { path: "/auth/unfinished", query: {}, status: 404 },
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

  it("finds the app's page in the worker's place", async () => {
    host.testing.workerScript = "html";
    expect(await checkHeaders(host.origin, options)).toMatchObject([
      { code: "worker_is_no_script", urls: [`${host.origin}/vault-worker.js`] },
    ]);
  });
});
