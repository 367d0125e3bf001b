import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { VaultResponse } from "strongroom-demo/servers/vault-origin.js";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { built } from "../e2e/built.js";
import { type DoctorReport, type Ended, folderWithApp, reportOf, strongroomIn } from "./command-line.js";
import { type StandIns, startStandIns, type VaultOrigin } from "./stand-ins.js";

// Each call is a program of its own, and asks three dozen questions.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let standIns: StandIns;
let vault: VaultOrigin;

beforeAll(async () => {
  folder = await folderWithApp();
  standIns = await startStandIns({ app: folder, vaultOrigin: true });
  vault = vaultOf(standIns);
});
afterEach(() => standIns.reset());
afterAll(async () => {
  await standIns.close();
  await rm(folder, { recursive: true });
});

function vaultOf({ vault }: StandIns): VaultOrigin {
  if (!vault) throw new Error("these stand-ins have no vault origin");
  return vault;
}

/** What the doctor says of an app whose vault has an origin of its own. */
async function doctor(url = standIns.app.origin, ...more: string[]): Promise<DoctorReport> {
  return reportOf(await run(url, "--json", ...more));
}

function run(url: string, ...more: string[]): Promise<Ended> {
  const probe = more.includes("--probe") ? [] : ["--probe", `${standIns.api.url}notes`];
  return strongroomIn(folder, "doctor", url, ...probe, ...more);
}

/** Changes the vault's response at some paths. */
function change(paths: string | string[], how: (response: VaultResponse) => Partial<VaultResponse>): void {
  standIns.host.testing.changeVaultResponse = (path, response) =>
    [paths].flat().includes(path) ? { ...response, ...how(response) } : response;
}

/** Changes one header of the vault's response. */
function changeHeader(path: string, name: string, how: (value: string) => string | undefined): void {
  change(path, ({ headers: { [name]: value = "", ...others } }) => {
    const changed = how(value);
    return { headers: changed === undefined ? others : { ...others, [name]: changed } };
  });
}

/** Changes the options of the interceptor in the app's worker script. */
function changeInterceptor(changes: object): void {
  const { testing } = standIns.host;
  const options = {
    vault: vault.origin,
    api: testing.currentConfig.api.map(({ url }) => url),
    ...changes,
  };
  const script = `importScripts("/strongroom-interceptor.js");\nstrongroom.intercept(${JSON.stringify(options)});\n`;
  testing.scripts["/app-worker.js"] = script;
}

/** A file of the package as another version has it, unchanged. */
async function withVersion(file: string, version: string): Promise<string> {
  return (await readFile(file, "utf8")).replace(/^\/\* strongroom \S+/, `/* strongroom ${version}`);
}

describe("the doctor of a vault on an origin of its own", () => {
  it("finds nothing wrong with the stand-ins, and says what it looked at", async () => {
    const { exit, findings, passed } = await doctor();
    expect([exit, findings]).toEqual([0, []]);
    const app = standIns.app.origin;
    for (const sentence of [
      "The page is in the worker's scope, /",
      expect.stringMatching(/^The worker file is version \S+, unchanged$/),
      `The app's worker script is valid and names the vault ${vault.origin}`,
      "The app and the vault are of one site and of different origins",
      "The vault's configuration is valid",
      "The vault's host serves the vault's files, unchanged and with their headers, and nothing else",
      expect.stringMatching(/^The vault has version \S+, as the package here$/),
      "The vault lists the app, and both have the same APIs",
      "The discovery document matches the configuration",
      expect.stringContaining(`redirect URI ${vault.origin}/callback.html`),
      "The token endpoint accepts the client, and the worker can read its responses",
      `The provider accepts the sign-out URL ${app}/`,
      `The provider sends no code to ${app}/auth/callback`,
      expect.stringContaining("notes refuses an invalid token, and the vault can read the response"),
      `The API at ${standIns.api.url}notes need not allow the app's origin`,
    ]) {
      expect(passed).toContainEqual(sentence);
    }
  });

  it("sends the API and the token endpoint the vault's origin", async () => {
    await doctor();
    const { requests } = standIns.api.testing;
    expect(requests.filter(({ authorization }) => authorization).map(({ origin }) => origin)).toEqual([
      vault.origin,
    ]);
  });

  it("finds nothing wrong with a second app", async () => {
    expect((await doctor(vault.otherApp.origin)).findings).toEqual([]);
  });

  it("reads the vault's configuration from a file", async () => {
    change("/vault-worker.js", () => ({ body: "strongroom.start(configure());" }));
    expect((await doctor()).codes).toEqual(["configuration_unreadable"]);
    const { currentConfig } = standIns.host.testing;
    const apps = [standIns.app.origin, vault.otherApp.origin];
    await writeFile(join(folder, "vault.json"), JSON.stringify({ ...currentConfig, apps }));
    expect((await doctor(undefined, "--config", "vault.json")).findings).toEqual([]);
  });

  it("reads the interceptor's options from a file, for a worker that is bundled", async () => {
    standIns.host.testing.scripts["/app-worker.js"] = "start();";
    const { currentConfig } = standIns.host.testing;
    const options = { vault: vault.origin, api: currentConfig.api.map(({ url }) => url) };
    await writeFile(join(folder, "interceptor.json"), JSON.stringify(options));
    const flags = ["--worker", "/app-worker.js", "--config", "interceptor.json"];
    expect((await doctor(undefined, ...flags)).findings).toEqual([]);
  });

  it("asks for an app if it gets the vault's URL", async () => {
    const { exit, stderr } = await run(vault.origin);
    expect([exit, stderr]).toEqual([3, expect.stringContaining(`such as ${standIns.app.origin}/`)]);
  });

  it("summarizes the headers of a plain host, with the command that writes them", async () => {
    standIns.host.testing.changeVaultResponse = (_, response) => {
      const { "Content-Type": type = "" } = response.headers;
      return { ...response, headers: { "Content-Type": type } };
    };
    const { exit, stdout } = await run(standIns.app.origin);
    expect([exit, stdout]).toEqual([
      1,
      expect.stringMatching(/^error: The host does not send the headers that the vault needs/m),
    ]);
    expect(stdout).toContain("strongroom headers --for <your host>");
  });
});

describe("the doctor finds, with its remedy,", () => {
  it("a vault that does not respond", async () => {
    changeInterceptor({ vault: "http://nobody.strongroom.localhost:1" });
    expect((await doctor()).codes).toEqual(["vault_host_unreachable"]);
  });

  it("a vault of another site, and one that shares the app's host name", async () => {
    const { port } = new URL(vault.origin);
    changeInterceptor({ vault: `http://vault.localhost:${port}` });
    expect((await doctor()).codes).toContain("vault_of_another_site");
    changeInterceptor({ vault: `http://app.strongroom.localhost:${port}` });
    expect((await doctor()).codes).toContain("vault_shares_host");
  });

  it("an interceptor that the browser would not install, in its own words", async () => {
    changeInterceptor({ api: [] });
    const { exit, findings } = await doctor();
    expect([exit, findings]).toEqual([
      1,
      [
        expect.objectContaining({
          code: "configuration_refused",
          found: expect.stringMatching(/^`api` must be an array/),
        }),
      ],
    ]);
  });

  it.each([
    ["missing", "worker_is_missing"],
    ["redirected", "worker_redirects"],
    ["html", "worker_is_no_script"],
  ] as const)("a worker script of the app that is %s", async (workerScript, code) => {
    const options = { vault: vault.origin, api: [standIns.api.url] };
    await writeFile(join(folder, "interceptor.json"), JSON.stringify(options));
    standIns.host.testing.workerScript = workerScript;
    const flags = ["--worker", "/app-worker.js", "--config", "interceptor.json"];
    const { exit, findings } = await doctor(undefined, ...flags);
    const found = { code, severity: "error", urls: [`${standIns.app.origin}/app-worker.js`] };
    expect([exit, findings]).toEqual([1, expect.arrayContaining([expect.objectContaining(found)])]);
  });

  it("an app that is served over http by another host than loopback", async () => {
    const anyAddress = standIns.app.origin.replace("app.strongroom.localhost", "0.0.0.0");
    const { exit, findings } = await doctor(anyAddress);
    expect(exit).toBe(1);
    expect(findings).toContainEqual(expect.objectContaining({ code: "insecure_origin", found: anyAddress }));
  });

  it("an interceptor of another version, and one that was changed", async () => {
    const { scripts } = standIns.host.testing;
    scripts["/strongroom-interceptor.js"] = await withVersion(built.interceptor, "0.0.9");
    expect((await doctor()).codes).toEqual(["version_differs"]);
    scripts["/strongroom-interceptor.js"] = `${await readFile(built.interceptor, "utf8")}//\n`;
    expect((await doctor()).codes).toEqual(["worker_file_changed"]);
  });

  it("an app that the vault does not list", async () => {
    const { codes, exit } = await doctor(vault.unlistedApp.origin);
    expect([exit, codes]).toEqual([1, expect.arrayContaining(["app_not_in_apps"])]);
  });

  it("a policy of the app that blocks the frame, the worker or the API", async () => {
    const { testing } = standIns.host;
    testing.headersWithoutVault = {
      "Content-Security-Policy": "frame-src 'none'; worker-src /other.js; connect-src 'self'",
    };
    expect((await doctor()).findings).toMatchObject([
      {
        code: "app_policy_blocks_vault",
        details: [
          `frame-src lacks ${vault.origin}/frame.html`,
          `worker-src lacks ${standIns.app.origin}/app-worker.js`,
          `connect-src lacks ${standIns.api.url}`,
        ],
      },
    ]);
    testing.headersWithoutVault = {
      "Content-Security-Policy": `frame-src ${vault.origin}; worker-src 'self'; connect-src 'self' ${standIns.api.origin}`,
    };
    const { findings, passed } = await doctor();
    expect([findings, passed]).toEqual([[], expect.arrayContaining(["The app's policy allows the vault"])]);
  });

  it.each(["/frame.html", "/frame-isolated.html", "/login.html", "/callback.html", "/strongroom-vault.js"])(
    "that %s is missing",
    async (path) => {
      change(path, () => ({ status: 404 }));
      expect((await doctor()).findings).toMatchObject([
        { code: "vault_file_missing", urls: [expect.stringContaining(vault.origin + path)] },
      ]);
    },
  );

  it("that the vault's configuration is missing", async () => {
    change("/vault-worker.js", () => ({ status: 404 }));
    expect((await doctor()).codes).toEqual(["vault_file_missing"]);
  });

  it("a host that redirects to URLs without .html", async () => {
    change("/callback.html", ({ headers }) => ({
      status: 308,
      headers: { ...headers, Location: "/callback" },
    }));
    expect((await doctor()).findings).toMatchObject([
      { code: "vault_file_missing", found: "308 to /callback" },
    ]);
  });

  it.each(["/", "/index.html", "/auth/callback", "/strongroom-check/missing"])(
    "a host that serves another page at %s",
    async (path) => {
      change(path, () => ({ status: 200 }));
      expect((await doctor()).findings).toMatchObject([
        { code: "vault_serves_more", urls: [vault.origin + path] },
      ]);
    },
  );

  it("frame-ancestors from before the last change of `apps`", async () => {
    const csp = "Content-Security-Policy";
    changeHeader("/frame.html", csp, (policy) =>
      policy.replace(/frame-ancestors [^;]*/, `frame-ancestors ${standIns.app.origin}`),
    );
    expect((await doctor()).findings).toMatchObject([
      {
        code: "vault_frame_ancestors_differ",
        urls: [`${vault.origin}/frame.html`],
        found: `frame-ancestors ${standIns.app.origin}`,
        remedy: expect.stringContaining("strongroom headers --for"),
      },
    ]);
  });

  it.each<[string, (policy: string) => string | undefined]>([
    ["without a policy", () => undefined],
    ["that may connect to any host", (policy) => policy.replace("connect-src", "connect-src *")],
    ["with a directive less", (policy) => policy.replace("; script-src 'self' 'wasm-unsafe-eval'", "")],
    ["with two policies", (policy) => `${policy}, default-src 'none'`],
  ])("a worker script of the vault %s", async (_, how) => {
    changeHeader("/vault-worker.js", "Content-Security-Policy", how);
    expect((await doctor()).findings).toMatchObject([
      { code: "vault_policy_differs", urls: [`${vault.origin}/vault-worker.js`] },
    ]);
  });

  it.each<[string, string, string | undefined]>([
    ["/callback.html", "Cache-Control", "no-cache"],
    ["/strongroom-vault.js", "Cache-Control", "max-age=600"],
    ["/strongroom-frame.js", "Content-Type", "text/plain"],
    ["/login.html", "Content-Type", "text/plain"],
    ["/frame-isolated.html", "Cross-Origin-Embedder-Policy", undefined],
    ["/login.html", "Cross-Origin-Opener-Policy", undefined],
    ["/frame.html", "Cross-Origin-Resource-Policy", "cross-origin"],
    ["/frame.html", "Origin-Agent-Cluster", undefined],
    ["/callback.html", "Referrer-Policy", "unsafe-url"],
    ["/callback.html", "Report-To", undefined],
    ["/", "X-Content-Type-Options", undefined],
  ])("%s with %s: %s", async (path, name, value) => {
    changeHeader(path, name, () => value);
    expect((await doctor()).findings).toMatchObject([
      {
        code: "vault_headers_differ",
        urls: [expect.stringContaining(vault.origin + path)],
        found: `${name}: ${value ?? "none"}`,
        details: [expect.stringMatching(`^expected ${name}: `)],
      },
    ]);
  });

  it.each(["/strongroom-vault.js", "/strongroom-frame.js"])(
    "that %s was changed in transit",
    async (path) => {
      change(path, ({ body }) => ({ body: `${body}//\n` }));
      expect((await doctor()).codes).toEqual(["worker_file_changed"]);
    },
  );

  it("a page with a foreign script", async () => {
    change("/callback.html", ({ body }) => ({
      body: `${body}<script src="https://cdn.example.com/a.js"></script>`,
    }));
    expect((await doctor()).codes).toEqual(["worker_file_unknown"]);
  });

  it("files of two versions, and a vault of another version than the app", async () => {
    const [library, frame] = await Promise.all(
      [built.vaultLibrary, built.frameScript].map((file) => withVersion(file, "0.0.9")),
    );
    change("/strongroom-vault.js", () => ({ body: library as string }));
    expect((await doctor()).codes).toEqual(["vault_files_mixed"]);
    standIns.host.testing.changeVaultResponse = (path, response) => ({
      ...response,
      ...(path === "/strongroom-vault.js" ? { body: library as string } : {}),
      ...(path === "/strongroom-frame.js" ? { body: frame as string } : {}),
    });
    const { exit, findings } = await doctor();
    expect([exit, findings]).toEqual([
      0,
      [expect.objectContaining({ code: "vault_version_differs", severity: "note" })],
    ]);
  });

  it("a configuration that the vault refuses, in the vault's words", async () => {
    standIns.host.testing.config = { unauthenticated: "maybe" };
    expect((await doctor()).findings).toMatchObject([
      { code: "configuration_refused", found: expect.stringContaining("`unauthenticated`") },
    ]);
  });

  it("a vault without `apps`", async () => {
    standIns.host.testing.config = { apps: undefined };
    const { codes } = await doctor();
    expect(codes).toContain("app_not_in_apps");
  });

  it("an API that only one of the two scripts names", async () => {
    const { api } = standIns.host.testing.workerConfig;
    const extra = `${standIns.api.origin}/v2/`;
    changeInterceptor({ api: [...api.map(({ url }) => url), extra] });
    expect((await doctor()).findings).toMatchObject([{ code: "api_not_of_vault", found: extra }]);
    changeInterceptor({});
    standIns.host.testing.config = { api: [...api, { url: extra }] };
    expect((await doctor()).findings).toMatchObject([
      { code: "api_not_intercepted", severity: "note", found: extra },
    ]);
  });

  it("an API whose CORS settings allow the app in place of the vault", async () => {
    standIns.api.testing.allowedOrigin = standIns.app.origin;
    expect((await doctor()).codes).toEqual([
      "api_without_cors",
      "api_401_without_cors",
      "api_allows_the_app",
    ]);
    standIns.api.testing.allowedOrigin = vault.origin;
    expect((await doctor()).findings).toEqual([]);
  });

  it("a callback of the app that is still registered", async () => {
    const former = await startStandIns({ app: folder, vaultOrigin: true, formerCallback: true });
    try {
      const probe = ["--probe", `${former.api.url}notes`];
      expect((await doctor(former.app.origin, ...probe)).findings).toMatchObject([
        { code: "app_callback_registered", urls: [`${former.app.origin}/auth/callback`] },
      ]);
    } finally {
      await former.close();
    }
  });

  it("that the provider refuses the vault's callback page", async () => {
    const { provider } = standIns.host.testing.workerConfig;
    standIns.host.testing.config = { provider: { ...provider, clientId: "nobody" } };
    expect((await doctor()).findings).toContainEqual(
      expect.objectContaining({ code: "redirect_uri_refused", urls: [`${vault.origin}/callback.html`] }),
    );
  });
});
