import { describe, expect, it } from "vitest";
import { type HostOptions, hostRules, ruleFor } from "../src/headers";

const options: HostOptions = {
  workers: ["/vault-worker.js"],
  api: ["https://api.example.com/v1/"],
  provider: {
    authorizationEndpoint: "https://login.example.com/oauth2/authorize",
    tokenEndpoint: "https://token.example.com/oauth2/token",
    revocationEndpoint: "https://revoke.example.com/oauth2/revoke",
  },
};

/** The sources of one directive of the policy that holds for `pathname`. */
function sources(pathname: string, directive: string, changes: Partial<HostOptions> = {}): string[] {
  const policy = ruleFor(hostRules({ ...options, ...changes }), pathname).headers["Content-Security-Policy"];
  const found = policy?.split(";").map((text) => text.trim().split(/\s+/));
  return found?.find(([name]) => name === directive)?.slice(1) ?? [];
}

describe("rules", () => {
  it("are ordered from the most specific to the app's", () => {
    expect(hostRules(options).map(({ path }) => path)).toEqual([
      "/auth/callback",
      "/auth/*",
      "/vault-worker.js",
      "/strongroom-worker.js",
      "/*",
    ]);
  });

  it("apply to a path, or to everything below it", () => {
    const rules = hostRules(options);
    for (const [pathname, path] of [
      ["/auth/callback", "/auth/callback"],
      ["/auth/callback/", "/auth/*"],
      ["/auth/", "/auth/*"],
      ["/auth/login", "/auth/*"],
      ["/auth/any/thing.html", "/auth/*"],
      ["/vault-worker.js", "/vault-worker.js"],
      ["/strongroom-worker.js", "/strongroom-worker.js"],
      ["/vault-worker.js.map", "/*"],
      ["/nested/vault-worker.js", "/*"],
      ["/authors", "/*"],
      ["/nested/auth/callback", "/*"],
      ["/", "/*"],
    ] as const) {
      expect(ruleFor(rules, pathname).path, pathname).toBe(path);
    }
  });

  it("follow `basePath`", () => {
    const rules = hostRules({ ...options, basePath: "/session/vault" });
    expect(ruleFor(rules, "/session/vault/callback").page).toBeDefined();
    expect(ruleFor(rules, "/auth/callback").path).toBe("/*");
  });

  it("leave no placeholder unfilled", () => {
    expect(JSON.stringify(hostRules(options))).not.toMatch(/\{\w+\}/);
  });

  it("have no gap if there is no other origin", () => {
    for (const { headers } of hostRules({ ...options, api: ["/api/"] })) {
      for (const value of Object.values(headers)) expect(value).not.toMatch(/ {2}| ;| $/);
    }
  });

  it("make ruleFor() throw if none matches the path", () => {
    expect(() => ruleFor([], "/")).toThrow(/hostRules\(\)/);
  });
});

describe("the worker's endpoints", () => {
  const { headers, page } = ruleFor(hostRules(options), "/auth/login");

  it("include the callback, which gets no document: a browser may refuse a redirect, and its error page keeps the URL", () => {
    for (const basePath of ["/auth", "/session/vault"]) {
      const endpoint = ruleFor(hostRules({ ...options, basePath }), `${basePath}/callback`);
      expect(endpoint.page).toEqual({ status: 204, body: "" });
      expect(endpoint.headers).not.toHaveProperty("Location");
    }
  });

  it("are served a page without script that links back", () => {
    expect(page?.status).toBe(404);
    expect(page?.body).toContain('<a href="/">');
    expect(page?.body).not.toMatch(/<script|<iframe|<link|\son\w+=/i);
  });

  it("cannot be framed, opened by another window, stored or referred from", () => {
    expect(headers).toEqual({
      "Cache-Control": "no-store",
      "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
      "Content-Type": "text/html; charset=utf-8",
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
      "X-Frame-Options": "DENY",
    });
  });

  it("are the only paths without files", () => {
    expect(hostRules(options).flatMap(({ path, page }) => (page ? [path] : []))).toEqual([
      "/auth/callback",
      "/auth/*",
    ]);
  });
});

describe("a worker script", () => {
  it("may connect only to the API, the token endpoint and the revocation endpoint", () => {
    for (const script of ["/vault-worker.js", "/strongroom-worker.js"]) {
      expect(sources(script, "default-src")).toEqual(["'none'"]);
      expect(sources(script, "script-src")).toEqual(["'self'", "'wasm-unsafe-eval'"]);
      expect(sources(script, "connect-src")).toEqual([
        "'self'",
        "https://api.example.com",
        "https://token.example.com",
        "https://revoke.example.com",
      ]);
    }
  });

  it("cannot be framed, where it would be a document without Trusted Types", () => {
    expect(sources("/vault-worker.js", "frame-ancestors")).toEqual(["'none'"]);
  });

  it("has no opener policy, so that the app's script cannot access it in a popup", () => {
    const { headers } = ruleFor(hostRules(options), "/vault-worker.js");
    expect(headers).not.toHaveProperty("Cross-Origin-Opener-Policy");
  });

  it("is revalidated each time", () => {
    expect(ruleFor(hostRules(options), "/vault-worker.js").headers["Cache-Control"]).toBe("no-cache");
  });
});

describe("the app", () => {
  it("runs only its own script files", () => {
    expect(sources("/", "script-src")).toEqual(["'self'"]);
    expect(sources("/", "require-trusted-types-for")).toEqual(["'script'"]);
    expect(sources("/", "object-src")).toEqual(["'none'"]);
    expect(sources("/", "base-uri")).toEqual(["'none'"]);
  });

  it("can neither frame nor be framed", () => {
    expect(sources("/", "frame-src")).toEqual(["'none'"]);
    expect(sources("/", "frame-ancestors")).toEqual(["'none'"]);
  });

  it("can start only the vault's worker, on each of its origins", () => {
    expect(sources("/", "worker-src", { origin: "https://app.example.com" })).toEqual([
      "https://app.example.com/vault-worker.js",
    ]);
    const origin = ["https://app.example.com", "https://*.preview.example"];
    expect(sources("/", "worker-src", { origin, policy: { "worker-src": ["/pdf.worker.js"] } })).toEqual([
      "https://app.example.com/vault-worker.js",
      "https://*.preview.example/vault-worker.js",
      "https://app.example.com/pdf.worker.js",
      "https://*.preview.example/pdf.worker.js",
    ]);
    expect(sources("/", "worker-src", { origin, workers: [] })).toEqual(["'none'"]);
    expect(sources("/", "worker-src")).toEqual(["'self'"]);
  });

  it.each([
    "*",
    "https://*",
    "https://app.example.com/",
    "https://a.example; script-src *",
    "a.example,b.example",
    "",
  ])("has no origin %j", (origin) => {
    expect(() => hostRules({ ...options, origin })).toThrow(/is not an origin\. Use one such as/);
  });

  it("does not start the library file, which the worker only imports", () => {
    const origin = "https://app.example.com";
    for (const imports of [["/strongroom-worker.js"], []]) {
      expect(sources("/", "worker-src", { origin, imports })).toEqual([`${origin}/vault-worker.js`]);
    }
    for (const workers of [["/vault-worker.js", "/strongroom-worker.js"], ["/app/strongroom-worker.js"]]) {
      expect(() => hostRules({ ...options, workers })).toThrow(/must not run as a worker.*`imports`/);
    }
    const imports = ["/vault-worker.js"];
    expect(() => hostRules({ ...options, imports })).toThrow(/"\/vault-worker.js".*`imports`/);
  });

  it("has no directive that a worker's path could inject", () => {
    const workers = ["/a;script-src *,b/ä worker.js"];
    expect(sources("/", "worker-src", { origin: "https://app.example.com", workers })).toEqual([
      "https://app.example.com/a%3Bscript-src%20*%2Cb/%C3%A4%20worker.js",
    ]);
  });

  it("cannot connect to the token endpoint", () => {
    expect(sources("/", "connect-src")).toEqual(["'self'", "https://api.example.com"]);
  });

  it("keeps an opener only of its own origin", () => {
    expect(ruleFor(hostRules(options), "/").headers["Cross-Origin-Opener-Policy"]).toBe("same-origin");
  });
});

describe("APIs", () => {
  it("on the app's own origin need no source", () => {
    for (const pathname of ["/", "/vault-worker.js"]) {
      expect(sources(pathname, "connect-src", { api: ["/api/v1/"] })).not.toContain("/api/v1/");
    }
    expect(sources("/", "connect-src", { api: ["/api/v1/"] })).toEqual(["'self'"]);
    expect(sources("/", "img-src", { api: ["/api/v1/"] })).toEqual(["'self'", "blob:", "data:"]);
  });

  it("are named by origin, each once", () => {
    const api = [
      "https://a.example.com/v1/",
      "https://a.example.com/v2/",
      "https://b.example.com:8443/x?y",
      "/api/",
    ];
    for (const directive of ["connect-src", "img-src", "media-src"]) {
      expect(sources("/", directive, { api }).slice(-2)).toEqual([
        "https://a.example.com",
        "https://b.example.com:8443",
      ]);
    }
  });

  it("cannot inject a directive", () => {
    for (const url of [
      "https://a.example.com;script-src *",
      "https://a.example.com/;script-src *",
      "; script-src *",
    ]) {
      expect(sources("/", "script-src", { api: [url] })).toEqual(["'self'"]);
      expect(sources("/", "connect-src", { api: [url] }).join(" ")).not.toContain("*");
    }
  });
});

describe("the authorization server", () => {
  it("with all endpoints on one origin is named once", () => {
    const origin = "https://auth.example.com";
    const provider = {
      authorizationEndpoint: `${origin}/authorize`,
      tokenEndpoint: `${origin}/token`,
      revocationEndpoint: `${origin}/revoke`,
    };
    expect(sources("/vault-worker.js", "connect-src", { provider })).toEqual([
      "'self'",
      "https://api.example.com",
      origin,
    ]);
  });

  it("may have no revocation endpoint", () => {
    const { authorizationEndpoint, tokenEndpoint } = options.provider;
    const provider = { authorizationEndpoint, tokenEndpoint };
    expect(sources("/vault-worker.js", "connect-src", { provider })).toEqual([
      "'self'",
      "https://api.example.com",
      "https://token.example.com",
    ]);
  });
});
