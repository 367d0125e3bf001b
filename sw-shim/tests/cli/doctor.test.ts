import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withFirstLine } from "../../scripts/worker-file.mjs";
import { hostOf } from "../../src/cli/doctor/text";
import { oneFile } from "../../src/configuration/worker-script";
import { hostRules, ruleFor } from "../../src/headers";
import type { VaultConfig } from "../../src/worker/config";
import { Folder, workerFile } from "./support";

const library = await readFile(workerFile, "utf8");

/** A server's response, which tests override. */
type Answers = Record<string, (request: IncomingMessage, response: ServerResponse) => void>;

/** A server on this machine that responds by path, otherwise with 404. */
class Site {
  answers: Answers = {};
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Site> {
    // Over-long requests get these responses too, not the server's own error page.
    const server = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
      const path = (request.url ?? "/").split("?")[0] ?? "/";
      const answer = site.answers[path] ?? site.answers["*"];
      if (answer) answer(request, response);
      else response.writeHead(404).end();
    });
    const site = new Site(server);
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    return site;
  }

  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

let app: Site;
let provider: Site;
let api: Site;
let folder: Folder;

beforeEach(async () => {
  [app, provider, api] = await Promise.all([Site.start(), Site.start(), Site.start()]);
  folder = await Folder.create();
  provider.answers = providerAsItShouldBe();
  api.answers = { "*": apiAsItShouldBe };
  app.answers = { "*": hostAsItShouldBe };
});
afterEach(async () => {
  for (const site of [app, provider, api]) site.close();
  await folder.remove();
});

function configuration() {
  return {
    provider: {
      issuer: provider.origin,
      authorizationEndpoint: `${provider.origin}/authorize`,
      tokenEndpoint: `${provider.origin}/token`,
      logoutEndpoint: `${provider.origin}/logout`,
      clientId: "app",
    },
    scopes: ["openid"],
    api: [{ url: `${api.origin}/v1/` }],
  };
}

let workerScript: () => string;
beforeEach(() => {
  workerScript = () =>
    `importScripts("/strongroom-worker.js"); strongroom.start(${JSON.stringify(configuration())});`;
});

function hostAsItShouldBe(request: IncomingMessage, response: ServerResponse): void {
  const rules = hostRules({
    ...configuration(),
    origin: app.origin,
    workers: ["/vault-worker.js"],
    api: [api.origin],
  });
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  const { headers, page } = ruleFor(rules, path);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (page) response.writeHead(page.status).end(page.body);
  else if (path === "/vault-worker.js") response.end(workerScript());
  else if (path === "/strongroom-worker.js") response.end(library);
  else response.setHeader("Content-Type", "text/html").end("<!doctype html>");
}

/** Serves `script` in place of the worker file. */
function serveLibrary(script: string): void {
  app.answers["/strongroom-worker.js"] = (request, response) => {
    const end = response.end.bind(response);
    response.end = (() => end(script)) as typeof response.end;
    hostAsItShouldBe(request, response);
  };
}

function providerAsItShouldBe(): Answers {
  return {
    "/.well-known/openid-configuration": (_, response) => response.end(JSON.stringify(discoveryDocument())),
    "/authorize": (request, response) => redirectWith(request, response, { error: "login_required" }),
    "/token": (_, response) => {
      response.writeHead(400, { "access-control-allow-origin": "*" }).end('{"error":"invalid_grant"}');
    },
    "/logout": (request, response) => {
      const query = new URL(request.url ?? "/", provider.origin).searchParams;
      response.writeHead(302, { location: query.get("logout_uri") ?? "" }).end();
    },
  };
}

function discoveryDocument() {
  return {
    issuer: provider.origin,
    authorization_endpoint: `${provider.origin}/authorize`,
    token_endpoint: `${provider.origin}/token`,
    code_challenge_methods_supported: ["plain", "S256"],
  };
}

function redirectWith(
  request: IncomingMessage,
  response: ServerResponse,
  parameters: Record<string, string>,
): void {
  const query = new URL(request.url ?? "/", provider.origin).searchParams;
  const answer = new URLSearchParams({ state: query.get("state") ?? "", ...parameters });
  response.writeHead(302, { location: `${query.get("redirect_uri")}?${answer}` }).end();
}

function apiAsItShouldBe(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("access-control-allow-origin", app.origin);
  response.setHeader("access-control-allow-headers", "Content-Type, Authorization");
  response.writeHead(request.method === "OPTIONS" ? 204 : 401).end();
}

async function findings(...more: string[]) {
  const { out } = await folder.strongroom(["doctor", `${app.origin}/`, "--json", ...more]);
  return JSON.parse(out).findings as { code: string; found: string; severity: string; remedy: string }[];
}

const codes = async (...more: string[]) => (await findings(...more)).map(({ code }) => code);

it("everything as it should be has no finding", async () => {
  const { exit, out } = await folder.strongroom(["doctor", app.origin]);
  expect([exit, out]).toEqual([0, expect.stringMatching(/\n0 errors, 0 warnings\n$/)]);
});

describe("the report", () => {
  it("of a plain host is one paragraph with the command that fixes it, and complete with --verbose", async () => {
    app.answers["*"] = (request, response) => {
      const setHeader = response.setHeader.bind(response);
      response.setHeader = (name, value) =>
        /^content-type$/i.test(name) ? setHeader(name, value) : response;
      hostAsItShouldBe(request, response);
    };
    const { out } = await folder.strongroom(["doctor", app.origin]);
    expect(out.match(/^error: .*/gm)).toEqual([
      expect.stringMatching(
        /^error: The host does not send the headers that the vault needs \(\d+ errors, \d+ warnings\)$/,
      ),
    ]);
    expect(out).toContain("npx --no-install strongroom headers --for <your host>");
    const { out: full } = await folder.strongroom(["doctor", app.origin, "--verbose"]);
    expect(full).toMatch(/^error: app_without_policy$/m);
    expect(full).toContain("  header    Content-Security-Policy");
    expect(full).toContain("  attack    ");
  });

  it("merges the same finding at two URLs", async () => {
    app.answers["/open/"] = (_, response) => response.end();
    app.answers["/open/too/"] = app.answers["/open/"];
    const probes = ["/open/", "/open/too/"].map((path) => `${app.origin}${path}`);
    const { out } = await folder.strongroom([
      ...["doctor", app.origin, "--json"],
      ...probes.flatMap((url) => ["--probe", url]),
    ]);
    const { findings, passed } = JSON.parse(out);
    expect(findings).toMatchObject([{ code: "api_takes_any_token", urls: probes }]);
    expect(passed.join()).not.toContain("refuses an invalid token");
  });

  it.each([
    ["Server", "nginx/1.22.1", "nginx"],
    ["X-Vercel-Id", "fra1::abc", "vercel"],
    ["X-Nf-Request-Id", "01J", "netlify"],
    ["X-Amz-Cf-Id", "abc==", "cloudfront"],
  ])("names the host that %s shows", async (name, value, host) => {
    app.answers["*"] = (_, response) =>
      response.setHeader(name, value).setHeader("Content-Type", "text/html").end("<!doctype html>");
    const { out } = await folder.strongroom(["doctor", app.origin]);
    expect(out).toContain(`npx --no-install strongroom headers --for ${host}\``);
  });

  it.each([
    ["app.pages.dev", "cloudflare"],
    ["app.azurestaticapps.net", "azure"],
    ["app.web.app", "firebase"],
    ["app.firebaseapp.com", "firebase"],
  ])("names the host of %s", (name, host) => {
    const page = { url: new URL(`https://${name}/`), status: 200, headers: new Headers(), body: "" };
    expect(hostOf(page)).toBe(host);
  });

  it("accepts a loopback host without a scheme", async () => {
    const { exit, out } = await folder.strongroom(["doctor", new URL(app.origin).host]);
    expect([exit, out]).toEqual([0, expect.stringContaining(`${app.origin}/, checked by strongroom`)]);
  });
});

describe("the page's policy", () => {
  it("that blocks the worker script and an API is an error which names both", async () => {
    app.answers["/"] = (request, response) => {
      const end = response.end.bind(response);
      response.end = ((body: string) => {
        const policy = String(response.getHeader("Content-Security-Policy"));
        const stricter = policy
          .replace(/worker-src [^;]+; /, "")
          .replace(/(script|connect)-src [^;]+/g, `$1-src ${app.origin}/assets/`);
        response.setHeader("Content-Security-Policy", stricter);
        return end(body);
      }) as typeof response.end;
      hostAsItShouldBe(request, response);
    };
    const { exit, out } = await folder.strongroom(["doctor", app.origin]);
    expect(exit).toBe(1);
    expect(out).toContain("error: app_policy_blocks_vault");
    expect(out).toContain(`worker-src lacks ${app.origin}/vault-worker.js`);
    expect(out).toContain(`connect-src lacks ${api.origin}/v1/`);
  });
});

describe("the page's HTML", () => {
  /** Serves `html` as the app's page, with the headers of `hostRules()`. */
  function servePage(html: string): void {
    app.answers["/"] = (request, response) => {
      const end = response.end.bind(response);
      response.end = (() => end(html)) as typeof response.end;
      hostAsItShouldBe(request, response);
    };
  }

  it("with a CDN stylesheet and inline styles that the policy blocks causes findings with the setting for each", async () => {
    servePage(
      '<!doctype html><link rel="stylesheet" href="https://cdn.example.com/a.css"><style>p{color:red}</style>',
    );
    const { exit, out } = await folder.strongroom(["doctor", app.origin]);
    expect(exit).toBe(0);
    expect(out).toContain("warning: page_resources_refused");
    expect(out).toContain(
      '<link href="https://cdn.example.com/a.css"> needs "style-src": ["https://cdn.example.com"]',
    );
    expect(out).toContain(
      `<style>p{color:red}</style> needs "style-src": ["'sha256-p0bF+un5yUb9MBO6xRb8kPHlY2BdpHVtLiFkDrZPF64='"]`,
    );
    expect(out).toContain("Stylesheets of other hosts were not checked");
    expect((await folder.strongroom(["doctor", app.origin, "--strict"])).exit).toBe(1);
  });

  it("that uses only what the policy allows has no finding", async () => {
    servePage(
      '<!doctype html><link rel="stylesheet" href="/a.css"><script type="module" src="/a.js"></script><img src="data:image/png;base64,AA=="><script type="application/json">{}</script>',
    );
    const { exit, out } = await folder.strongroom(["doctor", app.origin, "--strict"]);
    expect([exit, out]).toEqual([
      0,
      expect.stringContaining("ok: The policy allows everything in the page's HTML"),
    ]);
  });
});

describe("the worker file inside the worker script, as the Vite plugin makes it,", () => {
  const serveInside = (library: string) => {
    workerScript = () => oneFile(library, configuration() as VaultConfig);
  };

  it("is recognized, and the configuration after it is read", async () => {
    serveInside(library);
    expect(await codes()).toEqual([]);
  });

  it("of another version is reported", async () => {
    serveInside(withFirstLine("0.0.9", '"use strict";\n'));
    expect(await codes()).toEqual(["version_differs"]);
  });

  it("that was changed in transit is reported", async () => {
    serveInside(`${library}self.x = 1;\n`);
    expect(await codes()).toEqual(["worker_file_changed"]);
  });
});

describe("the worker file", () => {
  it("of another version is reported, even if it is unchanged", async () => {
    serveLibrary(withFirstLine("0.0.9", '"use strict";'));
    expect(await findings()).toEqual([
      expect.objectContaining({ code: "version_differs", found: expect.stringContaining("0.0.9") }),
    ]);
  });

  it("that was changed in transit is reported", async () => {
    serveLibrary(`${library}\n`);
    expect(await codes()).toEqual(["worker_file_changed"]);
  });

  it("whose first line a minifier has removed is reported", async () => {
    serveLibrary(library.slice(library.indexOf("\n") + 1));
    expect(await codes()).toEqual(["worker_file_unknown"]);
  });
});

describe("the worker script", () => {
  it("in a folder below the page's is reported", async () => {
    app.answers["/assets/vault-worker.js"] = (request, response) => {
      request.url = "/vault-worker.js";
      hostAsItShouldBe(request, response);
    };
    expect(await codes("--worker", "/assets/vault-worker.js")).toContain("page_out_of_scope");
  });

  it("is never run", async () => {
    workerScript = () =>
      `process.exit(7); globalThis.ran = true; strongroom.start(${JSON.stringify(configuration())});`;
    await codes();
    expect(globalThis).not.toHaveProperty("ran");
  });

  it("reaches the terminal without control characters", async () => {
    workerScript = () => 'strongroom.start({ "\\u001b[2J": 1 })';
    const { out } = await folder.strongroom(["doctor", app.origin]);
    expect(out).toContain("configuration_refused");
    expect(out).not.toContain("\u001b");
  });
});

describe("the provider", () => {
  it("is checked for the callback and sign-out URLs of an app in a folder", async () => {
    app.answers["/app/vault-worker.js"] = (request, response) => {
      request.url = "/vault-worker.js";
      hostAsItShouldBe(request, response);
    };
    const page = `${app.origin}/app/`;
    const { out } = await folder.strongroom(["doctor", page, "--worker", "/app/vault-worker.js", "--json"]);
    expect(JSON.parse(out).passed).toEqual(
      expect.arrayContaining([
        expect.stringContaining(`redirect URI ${app.origin}/app/auth/callback`),
        `The provider accepts the sign-out URL ${page}`,
      ]),
    );
  });

  it.each([
    [404, ""],
    [200, "<!doctype html>"],
    [200, "null"],
  ])("whose discovery document is %i %j is found", async (status, body) => {
    provider.answers["/.well-known/openid-configuration"] = (_, response) =>
      response.writeHead(status).end(body);
    expect(await findings()).toEqual([
      expect.objectContaining({ code: "discovery_unreachable", severity: "warning" }),
    ]);
  });

  it("without S256 is reported", async () => {
    provider.answers["/.well-known/openid-configuration"] = (_, response) =>
      response.end(JSON.stringify({ ...discoveryDocument(), code_challenge_methods_supported: ["plain"] }));
    expect(await codes()).toEqual(["pkce_unsupported"]);
  });

  it.each([
    ["invalid_scope", "scopes_refused"],
    ["unauthorized_client", "authorization_refused"],
    ["unsupported_response_type", "authorization_refused"],
  ])("that answers the authorization request with %s is found", async (error, code) => {
    provider.answers["/authorize"] = (request, response) => redirectWith(request, response, { error });
    expect(await codes()).toEqual([code]);
  });

  it.each(["interaction_required", "consent_required", "account_selection_required"])(
    "that responds with %s is fine",
    async (error) => {
      provider.answers["/authorize"] = (request, response) => redirectWith(request, response, { error });
      expect(await codes()).toEqual([]);
    },
  );

  it("that shows its login page despite prompt=none has no finding", async () => {
    provider.answers["/authorize"] = (_, response) =>
      response.writeHead(302, { location: "/login?state=x" }).end();
    expect(await codes()).toEqual([]);
  });

  it("that redirects to its own error page, as Cognito does, is reported", async () => {
    provider.answers["/authorize"] = (_, response) =>
      response.writeHead(302, { location: "/error?error=redirect_mismatch&client_id=app" }).end();
    expect(await findings()).toEqual([
      expect.objectContaining({ code: "redirect_uri_refused", found: "the error redirect_mismatch" }),
    ]);
  });

  it.each([
    ["invalid_client", "client_refused"],
    ["unauthorized_client", "client_refused"],
  ])("whose token endpoint answers %s is found", async (error, code) => {
    provider.answers["/token"] = (_, response) =>
      response.writeHead(401, { "access-control-allow-origin": app.origin }).end(JSON.stringify({ error }));
    expect(await codes()).toEqual([code]);
  });

  it("whose token endpoint the worker cannot read is reported", async () => {
    provider.answers["/token"] = (_, response) => response.writeHead(400).end('{"error":"invalid_grant"}');
    expect(await codes()).toEqual(["token_endpoint_without_cors"]);
  });

  it("whose token endpoint is something else is reported", async () => {
    provider.answers["/token"] = (_, response) =>
      response.writeHead(405, { "access-control-allow-origin": "*", allow: "GET" }).end("<!doctype html>");
    expect(await findings()).toMatchObject([
      {
        code: "token_endpoint_unreachable",
        found: "405, Allow: GET and no OAuth error",
        remedy: expect.stringContaining("`tokenEndpoint` leads there"),
      },
    ]);
  });

  it("that refuses the sign-out URL is reported", async () => {
    provider.answers["/logout"] = (_, response) => response.writeHead(400).end();
    expect(await codes()).toEqual(["sign_out_uri_refused"]);
  });

  it("that does not respond is reported, by endpoint", async () => {
    const script = workerScript();
    workerScript = () => script;
    const listening = provider;
    const { origin } = listening;
    listening.close();
    Object.defineProperty(provider, "origin", { value: origin });
    expect(await codes()).toEqual([
      "authorization_endpoint_unreachable",
      "token_endpoint_unreachable",
      "logout_endpoint_unreachable",
      "discovery_unreachable",
    ]);
  });
});

describe("the API", () => {
  it("without CORS is reported", async () => {
    api.answers["*"] = (_, response) => response.writeHead(401).end();
    expect(await codes()).toEqual(["api_without_cors", "api_401_without_cors"]);
  });

  it("whose URL leads to a host of static files is reported with what that host says", async () => {
    api.answers["*"] = ({ method }, response) => {
      if (method === "GET") response.setHeader("content-type", "text/html").end("<!doctype html>");
      else response.writeHead(405, { allow: "GET" }).end();
    };
    const found = await findings();
    expect(found).toMatchObject([
      { code: "api_without_cors", found: "405, Allow: GET, Access-Control-Allow-Origin: none" },
      { code: "api_takes_any_token", found: "200, text/html" },
    ]);
    for (const { remedy } of found) expect(remedy).toContain("correct the URL in `api`");
  });

  it("that allows only another app is reported", async () => {
    api.answers["*"] = (request, response) => {
      response.setHeader("access-control-allow-origin", "https://other.example");
      response.writeHead(request.method === "OPTIONS" ? 204 : 401).end();
    };
    expect(await codes()).toEqual(["api_without_cors", "api_401_without_cors"]);
  });

  it("that allows headers by * is reported: browsers exclude Authorization", async () => {
    api.answers["*"] = (request, response) => {
      response.setHeader("access-control-allow-origin", "*");
      response.setHeader("access-control-allow-headers", "*");
      response.writeHead(request.method === "OPTIONS" ? 204 : 401).end();
    };
    expect(await codes()).toEqual(["api_forbids_authorization"]);
  });

  it("that does not respond is reported", async () => {
    const { origin } = api;
    api.close();
    Object.defineProperty(api, "origin", { value: origin });
    expect(await codes()).toEqual(["api_unreachable"]);
  });

  it("on the app's own origin needs no CORS, but must respond with 401", async () => {
    app.answers["/api/"] = (_, response) => response.writeHead(401).end();
    expect(await codes("--probe", `${app.origin}/api/`)).toEqual([]);
    app.answers["/api/"] = (request, response) => response.end(request.headers.authorization);
    expect(await codes("--probe", `${app.origin}/api/`)).toEqual(["api_echoes_token", "api_takes_any_token"]);
  });
});
