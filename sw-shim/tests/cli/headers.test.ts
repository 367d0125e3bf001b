import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostRules, ruleFor } from "../../src/headers";
import { fetched } from "../fetched";
import { configuration, EDGE, Folder, flags } from "./support";

const ORIGIN = "https://app.example.com";
const rules = hostRules({
  origin: ORIGIN,
  workers: ["/vault-worker.js"],
  api: ["https://api.example.com/v1/"],
  provider: {
    authorizationEndpoint: "https://auth.example.com/oauth2/authorize",
    tokenEndpoint: "https://auth.example.com/oauth2/token",
  },
});
/** One path of each kind, and look-alikes. */
const PATHS = [
  "/",
  "/notes",
  "/auth/callback",
  "/auth/a/b",
  "/authors",
  "/vault-worker.js",
  "/vault-worker.js.map",
];

let folder: Folder;

beforeAll(async () => {
  folder = await Folder.create({ "package.json": "{}", "public/index.html": "" });
  await folder.strongroom(["init", "public", ...flags]);
});
afterAll(() => folder.remove());

async function headersFor(host: string, ...more: string[]): Promise<string> {
  const origin = more.includes("--origin") || host === "page" ? [] : ["--origin", ORIGIN];
  const { exit, out, said } = await folder.strongroom(["headers", "--for", host, ...origin, ...more]);
  expect([exit, said]).toEqual([0, expect.any(String)]);
  return out;
}

/** Header names in lower case, because hosts differ in case. */
function lowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

describe("the headers of a worker script", () => {
  it("are those of strongroom/headers", async () => {
    expect(JSON.parse(await headersFor("json"))).toEqual(rules);
  });

  it("follow from the recorded folder, or from --config", async () => {
    await folder.write("elsewhere/vault-worker.js", await folder.read("public/vault-worker.js"));
    expect(await headersFor("json", "--config", "elsewhere/vault-worker.js")).toBe(await headersFor("json"));
  });

  it("have the paths of --worker and the additions of --allow", async () => {
    const text = await headersFor(
      "json",
      "--worker",
      "/app/sw.js",
      "--allow",
      "font-src https://fonts.example.com",
    );
    const changed = JSON.parse(text);
    expect(changed.map(({ path }: { path: string }) => path)).toEqual([
      "/app/auth/callback",
      "/app/auth/*",
      "/app/sw.js",
      "/app/strongroom-worker.js",
      "/*",
    ]);
    expect(ruleFor(changed, "/").headers["Content-Security-Policy"]).toContain(
      "font-src 'self' https://fonts.example.com",
    );
  });

  it("allow only the worker script as a worker, on each of the app's origins", async () => {
    const text = await headersFor(
      "json",
      "--origin",
      "https://app.example.com/",
      "--origin",
      "https://*.example.dev",
    );
    const policy = ruleFor(JSON.parse(text), "/").headers["Content-Security-Policy"];
    expect(policy).toContain(
      "; worker-src https://app.example.com/vault-worker.js https://*.example.dev/vault-worker.js;",
    );
  });

  it.each([
    ["vercel", "https://*.vercel.app"],
    ["cloudfront", "https://*.cloudfront.net"],
    ["azure", "https://*.azurestaticapps.net"],
    ["firebase", "https://*.web.app"],
  ])("for %s cover the host's own names too, and need the app's", async (host, own) => {
    expect(await headersFor(host)).toContain(`worker-src ${ORIGIN}/vault-worker.js ${own}/vault-worker.js`);
    const { exit, said } = await folder.strongroom(["headers", "--for", host]);
    expect([exit, said]).toEqual([2, expect.stringContaining("--origin https://app.example.com")]);
  });

  it("allow an API on the app's own origin if --origin is a wildcard", async () => {
    await folder.write("own.json", JSON.stringify({ ...configuration, api: [{ url: "/api/" }] }));
    const { exit, out, said } = await folder.strongroom([
      ...["headers", "--for", "cloudfront", "--config", "own.json"],
      ...["--origin", "https://*.cloudfront.net"],
    ]);
    expect([exit, said]).toEqual([0, ""]);
    expect(out).toContain("; worker-src https://*.cloudfront.net/vault-worker.js;");
  });

  it("for nginx name the worker script on the requested host", async () => {
    const { out } = await folder.strongroom(["headers", "--for", "nginx"]);
    expect(out).toContain("; worker-src $host:*/vault-worker.js;");
    expect(out).not.toContain("invalid");
  });

  it("--for page prints the static page for the endpoints", async () => {
    expect(await headersFor("page")).toBe(ruleFor(rules, "/auth/login").page?.body);
  });
});

describe("invalid arguments", () => {
  it.each([
    [["headers"], /required option.*--for.*\nRun `strongroom headers --help`\./],
    [
      ["headers", "--for", "apache"],
      /cloudflare, cloudfront, firebase, firebase-function, nginx, netlify, vercel, vite/,
    ],
    [
      ["headers", "--for", "json", "--origin", ORIGIN, "--allow", "script-src 'unsafe-inline'"],
      /allows injected script to run/,
    ],
    [
      ["headers", "--for", "json", "--origin", ORIGIN, "--config", "nowhere.js"],
      /^Cannot read nowhere\.js \(ENOENT\)\. Check the path/,
    ],
    [
      ["headers", "--for", "json", "--origin", ORIGIN, "--config", "computed.js"],
      /computed\.js: line 1 has a computed value/,
    ],
    [
      ["headers", "--for", "json", "--origin", ORIGIN, "--config", "refused.js"],
      /`cognito.region` is missing/,
    ],
  ])("%j is refused with the reason", async (argv, reason) => {
    await folder.write("computed.js", "strongroom.start(configure())");
    await folder.write("refused.js", 'strongroom.start({ api: [{ url: "/api/" }], cognito: {} })');
    const { exit, said, out } = await folder.strongroom(argv);
    expect([exit, out, said]).toEqual([2, "", expect.stringMatching(reason)]);
  });
});

describe("for nginx", () => {
  it("every location has the headers of its rule, each once", async () => {
    const text = await headersFor("nginx");
    const locations = new Map(
      [...text.matchAll(/^location \S+ (\S+) \{\n(.*?)\n\}$/gms)].map(([, path = "", body = ""]) => [
        path,
        body,
      ]),
    );
    const server = text.replace(/^location .*?^\}$/gms, "");
    for (const [path, body] of [...locations, ["/", server] as const]) {
      const { headers } = ruleFor(rules, path);
      const sent = Object.fromEntries(
        [...body.matchAll(/add_header (\S+) "(.*)" always;/g)].map(([, name, value]) => [name, value]),
      );
      const type = /default_type "(.*)";/.exec(body)?.[1];
      expect({ ...sent, ...(type ? { "Content-Type": type } : {}) }, path).toEqual(headers);
    }
    expect([...locations.keys()]).toEqual([
      "/auth/callback",
      "/auth/",
      "/vault-worker.js",
      "/strongroom-worker.js",
    ]);
  });

  it("requests that nginx itself rejects get no document, like the callback", async () => {
    const text = await headersFor("nginx");
    expect(text).toContain("error_page 400 414 494 =204 /auth/callback;");
    expect(text).toContain("large_client_header_buffers 4 768k;");
    expect(text).toMatch(/^location = \/auth\/callback \{\n[^}]*\n {2}return 204;\n\}$/m);
  });

  it("the endpoints come before any other location, with the static page", async () => {
    const text = await headersFor("nginx");
    expect(text).toContain("location ^~ /auth/ {");
    const page = ruleFor(rules, "/auth/login").page?.body ?? "";
    expect(text).toContain(`return 404 "${page.replaceAll('"', '\\"')}"`);
  });
});

describe.each(Object.entries(EDGE))("for %s", (host, handlerOf) => {
  async function send(path: string, answer: Response, argv: string[] = []): Promise<Response> {
    const { out } = await folder.strongroom(["headers", "--for", host, ...argv]);
    const module = await import(`data:text/javascript,${encodeURIComponent(out)}`);
    return handlerOf(module)(new Request(`${ORIGIN}${path}`), { next: async () => fetched(answer) });
  }

  it.each([204, 205, 304])(
    "a file with status %i, whose body is an empty stream, keeps it",
    async (status) => {
      const file = new Response(null, { status, headers: { etag: '"1"' } });
      const response = await send("/assets/app.js", file);
      expect([response.status, response.body, response.headers.get("etag")]).toEqual([status, null, '"1"']);
    },
  );

  it.each(PATHS)("%s has the headers of its rule and no others, on the requested origin", async (path) => {
    const rule = ruleFor(rules, path);
    const response = await send(
      path,
      new Response("the file", { headers: { "content-type": "text/javascript; charset=utf-8" } }),
    );
    expect(Object.fromEntries(response.headers)).toEqual(
      lowerCase(
        rule.page ? rule.headers : { "Content-Type": "text/javascript; charset=utf-8", ...rule.headers },
      ),
    );
    expect([response.status, await response.text()]).toEqual(
      rule.page ? [rule.page.status, rule.page.body] : [200, "the file"],
    );
  });

  it("an error of the host comes with the app's headers", async () => {
    const response = await send("/missing", new Response("Not found", { status: 404 }));
    expect([response.status, response.headers.get("content-security-policy")]).toEqual([
      404,
      ruleFor(rules, "/").headers["Content-Security-Policy"],
    ]);
  });

  it("the app in place of a missing worker script is not served as a script", async () => {
    const page = new Response("<!doctype html>", { headers: { "content-type": "text/html" } });
    const response = await send("/vault-worker.js", page);
    expect(response.headers.get("content-type")).toBe("text/html");
    expect(response.headers.get("content-security-policy")).toContain("require-trusted-types-for");
  });
});

describe("for Vercel", () => {
  interface Route {
    src?: string;
    headers?: Record<string, string>;
    status?: number;
    dest?: string;
    continue?: boolean;
    handle?: string;
  }

  it.each(PATHS)("%s gets the headers of its rule and no others", async (path) => {
    const { routes } = JSON.parse(await headersFor("vercel")) as { routes: Route[] };
    const headers: Record<string, string> = {};
    let ended: Route | undefined;
    for (const route of routes.slice(
      0,
      routes.findIndex(({ handle }) => handle === "filesystem"),
    )) {
      if (!new RegExp(`^${route.src}$`).test(path)) continue;
      Object.assign(headers, route.headers);
      if (route.continue) continue;
      ended = route;
      break;
    }
    const rule = ruleFor(rules, path);
    const own = `${ORIGIN}/vault-worker.js https://*.vercel.app/vault-worker.js;`;
    const policy = rule.headers["Content-Security-Policy"]?.replace(`${ORIGIN}/vault-worker.js;`, own);
    expect(headers).toEqual({ ...rule.headers, "Content-Security-Policy": policy });
    expect(ended?.status).toBe(rule.page?.status);
    expect(ended?.dest).toBe(rule.page?.body ? "/strongroom-endpoint.html" : undefined);
  });

  it("says where to put the page", async () => {
    const { said } = await folder.strongroom(["headers", "--for", "vercel", "--origin", ORIGIN]);
    expect(said).toContain("strongroom headers --for page > public/strongroom-endpoint.html");
  });
});

describe("for CloudFront", () => {
  it.each(["/auth/callback", "/auth/login", "/auth/"])(
    "the function responds to %s by its rule",
    async (path) => {
      const text = await headersFor("cloudfront");
      const [, code = ""] = /FunctionCode: \|\n((?: {8}.*\n|\n)+)/.exec(text) ?? [];
      const answer = runInNewContext(`${code}; handler({ request: { uri: ${JSON.stringify(path)} } })`);
      const { headers, page } = ruleFor(rules, path);
      expect([answer.statusCode, answer.body?.data ?? ""]).toEqual([page?.status, page?.body]);
      const sent = Object.entries(answer.headers as Record<string, { value: string }>);
      expect(Object.fromEntries(sent.map(([name, { value }]) => [name, value]))).toEqual(lowerCase(headers));
      expect(code.length).toBeLessThan(10_240);
    },
  );

  it.each([
    ["StrongroomEndpointHeaders", "/auth/callback"],
    ["StrongroomWorker", "/vault-worker.js"],
    ["StrongroomApp", "/"],
  ])("%s is the policy of %s", async (name, path) => {
    const text = await headersFor("cloudfront");
    const policy = text.slice(text.indexOf(`  ${name}:`)).split(/\n {2}(?=\w)/)[0] ?? "";
    const { "Content-Type": _, ...headers } = ruleFor(rules, path).headers;
    const own = `${ORIGIN}/vault-worker.js https://*.cloudfront.net/vault-worker.js;`;
    for (const value of Object.values(headers).filter((value) => value !== "nosniff"))
      expect(policy).toContain(value.replace(`${ORIGIN}/vault-worker.js;`, own));
    expect(policy).toContain("ContentTypeOptions:");
    expect(policy.match(/Override: true/g)).toHaveLength(Object.keys(headers).length);
  });
});

/** The headers of `path`, as a host has them that takes the type from the file, and names itself in `worker-src`. */
function expectedHeaders(path: string, ...own: string[]): Record<string, string> {
  const { "Content-Type": _, ...headers } = ruleFor(rules, path).headers;
  const workers = [ORIGIN, ...own].map((origin) => `${origin}/vault-worker.js`).join(" ");
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      value.replace(`worker-src ${ORIGIN}/vault-worker.js;`, `worker-src ${workers};`),
    ]),
  );
}

describe("for Azure Static Web Apps", () => {
  interface Config {
    routes: { route: string; rewrite?: string; headers: Record<string, string> }[];
    globalHeaders: Record<string, string>;
    navigationFallback: { exclude: string[] };
  }

  /** The first route counts; its headers replace the global ones, and an empty one removes them. */
  function sent({ routes, globalHeaders }: Config, path: string) {
    const route = routes.find(({ route }) =>
      route.endsWith("/*") ? path.startsWith(route.slice(0, -1)) : route === path,
    );
    const all = Object.entries({ ...globalHeaders, ...route?.headers });
    return { rewrite: route?.rewrite, headers: Object.fromEntries(all.filter(([, value]) => value !== "")) };
  }

  it.each(PATHS)("%s gets the headers of its rule and no others", async (path) => {
    const config = JSON.parse(await headersFor("azure")) as Config;
    const { headers, rewrite } = sent(config, path);
    expect(headers).toEqual(expectedHeaders(path, "https://*.azurestaticapps.net"));
    const page = path === "/auth/callback" ? "callback" : "endpoint";
    expect(rewrite).toBe(ruleFor(rules, path).page && `/api/strongroom/${page}`);
  });

  it("never serves the app at an endpoint or in place of a missing worker script", async () => {
    const { navigationFallback } = JSON.parse(await headersFor("azure")) as Config;
    expect(navigationFallback.exclude).toEqual([
      "/auth/*",
      "/api/*",
      "/vault-worker.js",
      "/strongroom-worker.js",
    ]);
  });

  it.each([
    ["/auth/callback", "callback"],
    ["/auth/login", "endpoint"],
  ])("the function responds to %s by its rule", async (path, page) => {
    const config = JSON.parse(await headersFor("azure")) as Config;
    expect(sent(config, path).rewrite).toBe(`/api/strongroom/${page}`);
    const { out } = await folder.strongroom(["headers", "--for", "azure-function"]);
    type Http = { route: string; handler(request: object): Promise<unknown> };
    let registered: Http | undefined;
    const app = {
      http: (_name: string, given: Http) => {
        registered = given;
      },
    };
    runInNewContext(out, { require: () => ({ app }) });
    expect(registered?.route).toBe("strongroom/{page}");
    const { headers, page: answer } = ruleFor(rules, path);
    const body = answer?.body ? { body: answer.body } : {};
    const response = await registered?.handler({ params: { page } });
    expect(JSON.parse(JSON.stringify(response))).toEqual({ status: answer?.status, headers, ...body });
  });
});

describe("for Firebase Hosting", () => {
  interface Config {
    hosting: {
      headers: { source?: string; regex?: string; headers: { key: string; value: string }[] }[];
      rewrites: { source?: string; regex?: string; destination?: string; function?: object }[];
    };
  }
  const matches = ({ source, regex }: { source?: string; regex?: string }, path: string) =>
    source === "**" || (regex !== undefined && new RegExp(regex, "u").test(path));

  it.each(PATHS)("%s gets the headers of its rule, the last rule that has one", async (path) => {
    const { hosting } = JSON.parse(await headersFor("firebase")) as Config;
    const sent = hosting.headers
      .filter((rule) => matches(rule, path))
      .flatMap(({ headers }) => headers.map(({ key, value }) => [key, value] as const));
    const isApp = ruleFor(rules, path).path === "/*";
    // No rule can remove a header. This value is equivalent to none.
    const others = isApp
      ? {}
      : { "Referrer-Policy": "strict-origin-when-cross-origin", "Cross-Origin-Opener-Policy": "unsafe-none" };
    expect(Object.fromEntries(sent)).toEqual({
      ...others,
      ...expectedHeaders(path, "https://*.web.app", "https://*.firebaseapp.com"),
    });
    const rewrite = hosting.rewrites.find((rule) => matches(rule, path));
    expect(rewrite?.destination).toBe(isApp ? "/index.html" : undefined);
  });

  it.each(["/auth/callback", "/auth/login", "/auth/a/b"])(
    "the function responds to %s by its rule",
    async (path) => {
      expect(await answerOf(path)).toEqual(ruleFor(rules, path));
    },
  );

  it("the function answers a missing worker script with a 404 and the static page", async () => {
    const { headers, page } = await answerOf("/vault-worker.js");
    expect([page.status, headers]).toEqual([404, ruleFor(rules, "/auth/login").headers]);
  });

  async function answerOf(path: string) {
    const { out } = await folder.strongroom(["headers", "--for", "firebase-function"]);
    const exports: { strongroom?: (request: object, response: object) => void } = {};
    runInNewContext(out, { exports, require: () => ({ onRequest: (handle: unknown) => handle }) });
    const answer = { path: ruleFor(rules, path).path, headers: {}, page: { status: 0, body: "" } };
    const response = {
      status(status: number) {
        answer.page.status = status;
        return response;
      },
      set(headers: object) {
        answer.headers = { ...headers };
        return response;
      },
      send(body: string) {
        answer.page.body = body;
      },
      end() {},
    };
    exports.strongroom?.({ path }, response);
    return answer;
  }
});

describe("for AWS Amplify Hosting", () => {
  it("prints only the reason and an alternative", async () => {
    const { exit, out, said } = await folder.strongroom(["headers", "--for", "amplify", "--origin", ORIGIN]);
    expect([exit, out, said]).toEqual([2, "", expect.stringContaining("--for cloudfront")]);
  });
});

describe("for Vite", () => {
  it("prints a module with the plugin and the configuration", async () => {
    const text = await headersFor("vite");
    expect(text).toContain("plugins: [react(), vault]");
    expect(text).not.toContain("defineConfig");
    const options = runInNewContext(
      text.replace(/^import.*$/gm, "").replace("export const vault =", "result ="),
      {
        result: undefined,
        strongroom: (given: unknown) => given,
      },
    );
    expect(JSON.parse(JSON.stringify(options))).toEqual({
      host: {
        api: ["https://api.example.com/v1/"],
        provider: {
          authorizationEndpoint: "https://auth.example.com/oauth2/authorize",
          tokenEndpoint: "https://auth.example.com/oauth2/token",
          revocationEndpoint: "https://auth.example.com/oauth2/revoke",
        },
      },
    });
  });
});
