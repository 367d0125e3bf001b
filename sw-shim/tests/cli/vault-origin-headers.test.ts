import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { settingsOfVaultOrigin, VAULT_HOSTS } from "../../src/cli/headers";
import { hostOptionsOf, ruleFor, vaultOriginRules } from "../../src/headers";
import { fetched } from "../fetched";
import { configuration, EDGE } from "./support";

const vault = { ...configuration, apps: ["https://app.example.com"] };
const rules = vaultOriginRules({ apps: vault.apps, ...hostOptionsOf(vault) });
const FILES = rules.slice(0, -1).map(({ path }) => path);
const SCRIPTS = FILES.filter((path) => path.endsWith(".js"));
const PAGES = FILES.filter((path) => path.endsWith(".html"));
/** Paths without a file, and some that look like files. */
const OTHERS = ["/", "/index.html", "/frame", "/auth/login", "/vault-worker.js.map", "/frame.html/x"];

const textFor = (host: string) => settingsOfVaultOrigin(host, vault).text;

/** Without those that the host derives from the file's name. */
function withoutType(path: string): Record<string, string> {
  const { "Content-Type": _, ...headers } = ruleFor(rules, path).headers;
  return headers;
}

function lowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

describe("the headers of a vault origin", () => {
  it("exist for each host that can be configured", () => {
    expect(VAULT_HOSTS).toEqual([
      "azure",
      "cloudflare",
      "cloudfront",
      "firebase",
      "nginx",
      "netlify",
      "vercel",
      "json",
    ]);
  });

  it("as data are those of strongroom/headers", () => {
    expect(JSON.parse(textFor("json"))).toEqual(rules);
  });

  it.each(["vite", "page", "azure-function", "firebase-function"])("do not exist for %s", (host) => {
    expect(() => textFor(host)).toThrow(/`apps`.*Use one of: azure, cloudflare/);
  });

  it("require apps, each an origin", () => {
    expect(() => settingsOfVaultOrigin("json", configuration)).toThrow(/apps: the list is empty/);
    const apps = ["https://app.example.com/"];
    expect(() => settingsOfVaultOrigin("json", { ...vault, apps })).toThrow(/is not an origin/);
  });
});

describe("for nginx", () => {
  const locations = new Map(
    [...textFor("nginx").matchAll(/^location (\S+ )?(\S+) \{\n(.*?)\n\}$/gms)].map(
      ([, how, path = "", body = ""]) => [path, { how, body }],
    ),
  );

  it.each([...FILES, "/"])("%s has the headers of its rule, each once", (path) => {
    const { how, body = "" } = locations.get(path) ?? {};
    const sent = Object.fromEntries(
      [...body.matchAll(/add_header (\S+) "(.*)" always;/g)].map(([, name, value = ""]) => [
        name,
        value.replaceAll('\\"', '"'),
      ]),
    );
    const type = /default_type "(.*)";/.exec(body)?.[1];
    expect([how, { "Content-Type": type, ...sent }]).toEqual([
      path === "/" ? undefined : "= ",
      ruleFor(rules, path).headers,
    ]);
  });

  it("every other path, and every error of nginx, is the page for missing files", () => {
    expect([...locations.keys()]).toEqual([...FILES, "/"]);
    const page = ruleFor(rules, "/").page?.body.replaceAll('"', '\\"');
    expect(locations.get("/")?.body).toContain(`return 404 "${page}"`);
    expect(textFor("nginx")).toContain("error_page 400 403 404 405 414 494 =404 /;");
  });
});

describe.each(Object.entries(EDGE))("for %s", (host, handlerOf) => {
  async function send(path: string, file: Response): Promise<{ response: Response; asked: boolean }> {
    const module = await import(`data:text/javascript,${encodeURIComponent(textFor(host))}`);
    let asked = false;
    const next = async () => {
      asked = true;
      return fetched(file);
    };
    const response = await handlerOf(module)(new Request(`https://vault.example.com${path}`), { next });
    return { response, asked };
  }

  it.each([...PAGES, ...OTHERS])("%s is a page of its rule, and no file of the host", async (path) => {
    const { response, asked } = await send(path, new Response("a file that should not be here"));
    const { headers, page } = ruleFor(rules, path);
    expect(asked).toBe(false);
    expect([response.status, await response.text()]).toEqual([page?.status, page?.body]);
    expect(Object.fromEntries(response.headers)).toEqual(lowerCase(headers));
  });

  it.each(SCRIPTS)("%s is the host's file with the headers of its rule", async (path) => {
    const { response } = await send(path, new Response("the file", { headers: { etag: '"1"' } }));
    expect([response.status, await response.text()]).toEqual([200, "the file"]);
    const expected = { ...lowerCase(ruleFor(rules, path).headers), etag: '"1"' };
    expect(Object.fromEntries(response.headers)).toEqual(expected);
  });

  it("a script that has not changed keeps the status 304", async () => {
    const { response } = await send("/vault-worker.js?x", new Response(null, { status: 304 }));
    expect([response.status, response.body]).toEqual([304, null]);
  });

  it.each([301, 404, 500])(
    "the host's response %i in place of a script is the page for missing files",
    async (status) => {
      const { response } = await send("/vault-worker.js", new Response("<script>", { status }));
      expect([response.status, await response.text()]).toEqual([404, ruleFor(rules, "/").page?.body]);
      expect(response.headers.get("content-type")).toMatch(/^text\/html/);
    },
  );
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

  it.each([...FILES, ...OTHERS])("%s gets the headers of its rule and no others", (path) => {
    const { routes } = JSON.parse(textFor("vercel")) as { routes: Route[] };
    const headers: Record<string, string> = {};
    let ended: Route | undefined;
    for (const route of routes) {
      if (route.handle) break;
      if (!new RegExp(`^${route.src}$`).test(path)) continue;
      Object.assign(headers, route.headers);
      if (route.continue) continue;
      ended = route;
      break;
    }
    expect(headers).toEqual(ruleFor(rules, path).headers);
    expect([ended?.status, ended?.dest]).toEqual(
      FILES.includes(path) ? [undefined, undefined] : [404, "/404.html"],
    );
  });

  it("a missing file is the page for missing files", () => {
    const { routes } = JSON.parse(textFor("vercel")) as { routes: Route[] };
    expect(routes.at(-1)).toEqual({
      src: "/.*",
      headers: ruleFor(rules, "/").headers,
      status: 404,
      dest: "/404.html",
    });
  });
});

describe("for Azure Static Web Apps", () => {
  interface Config {
    routes: { route: string; headers?: Record<string, string>; statusCode?: number }[];
    globalHeaders: Record<string, string>;
    responseOverrides: Record<string, object>;
  }

  it.each([...FILES, ...OTHERS])("%s gets the headers of its rule and no others", (path) => {
    const { routes, globalHeaders } = JSON.parse(textFor("azure")) as Config;
    const matching = routes.find(({ route }) => route === path || route === "/*");
    expect({ ...globalHeaders, ...matching?.headers }).toEqual(withoutType(path));
    expect(matching?.statusCode).toBe(FILES.includes(path) ? undefined : 404);
  });

  it("every other path is the page for missing files", () => {
    const { responseOverrides } = JSON.parse(textFor("azure")) as Config;
    expect(responseOverrides).toEqual({ 404: { rewrite: "/404.html", statusCode: 404 } });
  });
});

describe("for Firebase Hosting", () => {
  interface Config {
    hosting: {
      headers: { source?: string; regex?: string; headers: { key: string; value: string }[] }[];
      rewrites?: unknown;
    };
  }

  it.each([...FILES, ...OTHERS])("%s gets the headers of its rule, the last rule that has one", (path) => {
    const { hosting } = JSON.parse(textFor("firebase")) as Config;
    const sent = hosting.headers
      .filter(({ source, regex }) => source === "**" || (regex && new RegExp(regex, "u").test(path)))
      .flatMap(({ headers }) => headers.map(({ key, value }) => [key, value] as const));
    expect(Object.fromEntries(sent)).toEqual(withoutType(path));
    expect(hosting.rewrites).toBeUndefined();
  });
});

describe("for CloudFront", () => {
  const text = textFor("cloudfront");

  it("the function responds to every path without a file", () => {
    const [, code = ""] = /FunctionCode: \|\n((?: {8}.*\n|\n)+)/.exec(text) ?? [];
    const answer = runInNewContext(`${code}; handler({ request: { uri: "/x" } })`);
    const { headers, page } = ruleFor(rules, "/x");
    expect([answer.statusCode, answer.body.data]).toEqual([page?.status, page?.body]);
    const sent = Object.entries(answer.headers as Record<string, { value: string }>);
    expect(Object.fromEntries(sent.map(([name, { value }]) => [name, value]))).toEqual(lowerCase(headers));
    expect(code.length).toBeLessThan(10_240);
    expect(text).toMatch(
      /DefaultCacheBehavior:\n# {5}ResponseHeadersPolicyId: !Ref VaultMissing\n[\s\S]*VaultMissingPage\.FunctionARN/,
    );
  });

  it.each([...FILES, "/x"])("the policy of %s has the headers of its rule", (path) => {
    const name =
      new RegExp(`PathPattern: ${path}\n# +ResponseHeadersPolicyId: !Ref (\\w+)`).exec(text)?.[1] ??
      "VaultMissing";
    const policy = text.slice(text.indexOf(`  ${name}:`)).split(/\n {2}(?=\w)/)[0] ?? "";
    const headers = withoutType(path);
    for (const value of Object.values(headers).filter((value) => value !== "nosniff"))
      expect(policy).toContain(JSON.stringify(value));
    expect(policy).toContain("ContentTypeOptions:");
    expect(policy.match(/Override: true/g)).toHaveLength(Object.keys(headers).length);
    expect(FILES.includes(path)).toBe(name !== "VaultMissing");
  });
});
