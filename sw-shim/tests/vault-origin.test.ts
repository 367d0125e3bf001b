import { parse } from "parse5";
import { describe, expect, it } from "vitest";
import { type HostRule, ruleFor, type VaultOriginOptions, vaultOriginRules } from "../src/headers";

const options: VaultOriginOptions = {
  apps: ["https://app.example.com", "https://admin.example.com"],
  api: ["https://api.example.com/v1/"],
  provider: {
    authorizationEndpoint: "https://login.example.com/oauth2/authorize",
    tokenEndpoint: "https://token.example.com/oauth2/token",
    revocationEndpoint: "https://revoke.example.com/oauth2/revoke",
  },
};
const rules = vaultOriginRules(options);
const FILES = [
  "/frame.html",
  "/frame-isolated.html",
  "/login.html",
  "/callback.html",
  "/vault-worker.js",
  "/strongroom-vault.js",
  "/strongroom-frame.js",
];

function directives(path: string, of = rules): Record<string, string[]> {
  const { "Content-Security-Policy": policy = "" } = ruleFor(of, path).headers;
  return Object.fromEntries(
    policy.split("; ").map((directive) => {
      const [name = "", ...sources] = directive.split(" ");
      return [name, sources];
    }),
  );
}

describe("the rules of a vault origin", () => {
  it("serve the vault's files and nothing else", () => {
    expect(rules.map(({ path }) => path)).toEqual([...FILES, "/*"]);
    for (const path of [
      "/",
      "/index.html",
      "/frame.html/",
      "/frame",
      "/auth/login",
      "/vault-worker.js.map",
      "/a/frame.html",
    ]) {
      expect(ruleFor(rules, path).page?.status, path).toBe(404);
    }
  });

  it("all have the same header names, so that no rule must remove another's", () => {
    const names = ({ headers }: HostRule) => Object.keys(headers);
    for (const rule of rules) expect(names(rule), rule.path).toEqual(names(rules[0] as HostRule));
  });

  it("leave no placeholder unfilled and no gap", () => {
    const withoutApi = vaultOriginRules({ ...options, api: [] });
    for (const { headers } of [...rules, ...withoutApi]) {
      for (const value of Object.values(headers)) expect(value).not.toMatch(/\{\w+\}| {2}| ;| $/);
    }
  });

  it("forbid content sniffing, and isolate every response from the apps", () => {
    for (const { headers, path } of rules) {
      expect(headers, path).toMatchObject({
        "Cross-Origin-Opener-Policy": "same-origin",
        "Origin-Agent-Cluster": "?1",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
      });
    }
  });

  // Otherwise a host above the vault's can ask Chromium for them. They have the callback's URL.
  it("keep crash reports on the vault's host", () => {
    for (const { headers, path } of rules) {
      const { group, endpoints } = JSON.parse(headers["Report-To"] ?? "null");
      expect({ group, endpoints }, path).toEqual({ group: "default", endpoints: [{ url: "/reports" }] });
      expect(ruleFor(rules, endpoints[0].url).page?.status).toBe(404);
    }
  });

  it("let only the apps embed the frames", () => {
    for (const path of ["/frame.html", "/frame-isolated.html"]) {
      expect(directives(path)["frame-ancestors"], path).toEqual(options.apps);
      expect(ruleFor(rules, path).headers["Cross-Origin-Resource-Policy"], path).toBe("same-site");
    }
  });

  it("let cross-origin isolated apps embed one frame, and the other one embed the sign-in", () => {
    const embedderPolicy = (path: string) => ruleFor(rules, path).headers["Cross-Origin-Embedder-Policy"];
    for (const path of ["/frame-isolated.html", "/strongroom-frame.js"])
      expect(embedderPolicy(path), path).toBe("require-corp");
    // Before a silent sign-in, the worker checks whether the authorization server is reachable. `require-corp` would block that.
    expect(embedderPolicy("/vault-worker.js")).toBe("credentialless");
    // Authorization servers send no Cross-Origin-Resource-Policy with their redirects.
    for (const path of ["/frame.html", "/login.html", "/callback.html"])
      expect(embedderPolicy(path), path).toBe("unsafe-none");
    expect(directives("/frame-isolated.html")["frame-src"]).toBeUndefined();
  });

  it("let the frame embed the sign-in, whose pages have the frame and the app around them", () => {
    expect(directives("/frame.html")["frame-src"]).toEqual(["'self'", "https://login.example.com"]);
    for (const path of ["/login.html", "/callback.html"])
      expect(directives(path)["frame-ancestors"]).toEqual(["'self'", ...options.apps]);
  });

  it("forbid embedding scripts and the page for other paths", () => {
    for (const path of ["/vault-worker.js", "/strongroom-vault.js", "/strongroom-frame.js", "/"])
      expect(directives(path)["frame-ancestors"], path).toEqual(["'none'"]);
  });

  it("run only the vault's script files in the pages", () => {
    for (const path of FILES.filter((file) => file.endsWith(".html"))) {
      const policy = directives(path);
      expect(policy["default-src"]).toEqual(["'none'"]);
      expect(policy["base-uri"]).toEqual(["'none'"]);
      expect(policy["form-action"]).toEqual(["'none'"]);
      expect(policy["require-trusted-types-for"]).toEqual(["'script'"]);
    }
    for (const path of ["/frame.html", "/frame-isolated.html"]) {
      expect(directives(path)["script-src"]).toEqual(["'self'"]);
      expect(directives(path)["trusted-types"]).toEqual(["strongroom"]);
    }
    expect(directives("/login.html")["script-src"]).toEqual(["'self'", "'wasm-unsafe-eval'"]);
    expect(directives("/login.html")["trusted-types"]).toEqual(["'none'"]);
  });

  it("let the workers, but not the pages, connect to the API and the authorization server", () => {
    for (const path of ["/vault-worker.js", "/strongroom-vault.js"]) {
      expect(directives(path)["connect-src"]).toEqual([
        "'self'",
        "https://api.example.com",
        "https://token.example.com",
        "https://revoke.example.com",
      ]);
    }
    expect(directives("/frame.html")["connect-src"]).toEqual(["'self'"]);
    for (const path of ["/login.html", "/callback.html"])
      expect(directives(path)["connect-src"]).toBeUndefined();
  });

  it("forbid storing a page with a code in its URL", () => {
    for (const path of ["/login.html", "/callback.html"])
      expect(ruleFor(rules, path).headers["Cache-Control"]).toBe("no-store");
  });
});

describe("an app of a vault origin cannot be", () => {
  it.each([
    ["a wildcard, which would let every host of the site use the tokens", "https://*.example.com"],
    ["a URL with a path, which browsers would compare exactly", "https://app.example.com/app/"],
    ["an origin with a slash", "https://app.example.com/"],
    ["a host without a scheme", "app.example.com"],
    ["a directive of the policy", "https://app.example.com; script-src *"],
    ["a host with a semicolon, which URLs allow", "https://app;script-src"],
    ["a list in one text", "https://app.example.com,https://evil.example"],
    ["the origin of sandboxed pages", "null"],
    ["another scheme", "ftp://app.example.com"],
  ])("%s", (_, app) => {
    expect(() => vaultOriginRules({ ...options, apps: [app] })).toThrow(
      /^apps: .* is not an origin\. Use one/,
    );
  });

  it("on http, unless it is on this machine", () => {
    expect(() => vaultOriginRules({ ...options, apps: ["http://app.example.com"] })).toThrow(/Use https/);
    const apps = ["http://app.strongroom.localhost:5173", "http://[::1]:5173"];
    expect(directives("/frame.html", vaultOriginRules({ ...options, apps }))["frame-ancestors"]).toEqual(
      apps,
    );
  });

  it("missing: the list names at least one", () => {
    expect(() => vaultOriginRules({ ...options, apps: [] })).toThrow(/^apps: the list is empty/);
  });
});

describe("a page of a vault origin", () => {
  const pages = rules.flatMap(({ path, page }) => (page ? [[path, page.body] as const] : []));

  it("is there for each path without a script", () => {
    expect(pages.map(([path]) => path)).toEqual([
      "/frame.html",
      "/frame-isolated.html",
      "/login.html",
      "/callback.html",
      "/*",
    ]);
  });

  it.each(pages)("%s has nothing inline, and tells people in a sentence what it is", (_, html) => {
    const wrong: string[] = [];
    parse(html, { onParseError: ({ code }) => wrong.push(code) });
    expect(wrong).toEqual([]);
    expect(html).toMatch(/<html lang="en">[\s\S]*<title>[^<]+<\/title>[\s\S]*<main>\s*<p>[^<]+<\/p>/);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|<link|<img|<script(?![^>]* src="\/)/i);
  });

  it.each(["/login.html", "/callback.html"])("%s loads the library, then the configuration", (path) => {
    const body = pages.find(([page]) => page === path)?.[1] ?? "";
    const name = path.slice(1).replace(".html", "");
    expect(body.match(/<script.*?>/g)).toEqual([
      '<script src="/strongroom-vault.js">',
      `<script src="/vault-worker.js" data-page="${name}">`,
    ]);
    expect(body).toContain("<noscript>");
  });

  it.each([0, 1])("frame %i loads the frame's script alone", (index) => {
    expect(pages[index]?.[1].match(/<script.*?>/g)).toEqual(['<script src="/strongroom-frame.js" defer>']);
    expect(pages[index]?.[1]).toContain("<noscript>");
  });
});
