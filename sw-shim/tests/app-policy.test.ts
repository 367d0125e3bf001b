import { describe, expect, it } from "vitest";
import { type AppPolicy, hostRules, ruleFor } from "../src/headers";

const options = {
  workers: ["/vault-worker.js"],
  api: ["https://api.example.com/"],
  provider: {
    authorizationEndpoint: "https://login.example.com/",
    tokenEndpoint: "https://login.example.com/",
  },
};

function policyOf(path: string, policy: AppPolicy = {}): Map<string, string[]> {
  const text = ruleFor(hostRules({ ...options, policy }), path).headers["Content-Security-Policy"] ?? "";
  return new Map(
    text.split("; ").map((directive) => {
      const [name = "", ...sources] = directive.split(" ");
      return [name, sources];
    }),
  );
}

describe("an app that needs more", () => {
  it("extends the policy and keeps the rest", () => {
    const opened = policyOf("/", {
      "script-src": ["https://cdn.example.com", "'sha256-abc='"],
      "trusted-types": ["dompurify", "nextjs#bundler"],
    });
    const expected = policyOf("/");
    expected.set("script-src", ["'self'", "https://cdn.example.com", "'sha256-abc='"]);
    expected.set("trusted-types", ["strongroom", "dompurify", "nextjs#bundler"]);
    expect(opened).toEqual(expected);
  });

  it("extends a missing directive from the one that it falls back to", () => {
    const fonts = policyOf("/", { "font-src": ["https://fonts.example.com"] }).get("font-src");
    expect(fonts).toEqual(["'self'", "https://fonts.example.com"]);
  });

  it("allows sites in frames by `frame-src`", () => {
    const frames = policyOf("/", { "frame-src": ["https://video.example", "https://*.maps.example"] }).get(
      "frame-src",
    );
    expect(frames).toEqual(["https://video.example", "https://*.maps.example"]);
  });

  it("replaces 'none', which is only valid alone", () => {
    const ancestors = policyOf("/", { "frame-ancestors": ["https://portal.example.com"] }).get(
      "frame-ancestors",
    );
    expect(ancestors).toEqual(["https://portal.example.com"]);
  });

  it("does not change the policies of worker and endpoints", () => {
    const policy: AppPolicy = {
      "script-src": ["https://cdn.example.com"],
      "connect-src": ["https://cdn.example.com"],
    };
    for (const path of ["/vault-worker.js", "/auth/callback"])
      expect(policyOf(path, policy)).toEqual(policyOf(path));
  });

  it.each([
    ["worker-src", "blob:", /path of the app's origin/],
    ["worker-src", "https://app.example.com/pdf.worker.js", /path of the app's origin/],
    ["worker-src", "/*", /path of the app's origin/],
    ["worker-src", "'self'", /any file of the origin/],
    ["worker-src", "/", /any file of the origin/],
    ["worker-src", "/assets/..", /any file of the origin/],
    ["worker-src", "//app.example.com/", /path of the app's origin/],
    ["worker-src", "/assets/../strongroom-worker.js", /would replace the vault/],
    ["worker-src", "/strongroom-worker.js", /would replace the vault/],
    ["worker-src", "/app/strongroom-worker.js", /would replace the vault/],
    ["object-src", "'self'", /cannot be extended/],
    ["base-uri", "'self'", /cannot be extended/],
    ["default-src", "*", /cannot be extended/],
    ["require-trusted-types-for", "'none'", /cannot be extended/],
    ["script-src", "'unsafe-inline'", /Use a hash for inline script/],
    ["script-src", "'nonce-abc'", /same in every response/],
    ["style-src", "'Nonce-abc'", /same in every response/],
    ["script-src", "'Unsafe-Eval'", /injected script/],
    ["script-src", "data:", /script made from text/],
    ["script-src", "https:", /every host/],
    ["script-src", "https://*", /every host/],
    ["connect-src", "*", /every host/],
    ["frame-src", "*:8080", /every host/],
    ["frame-src", "'self'", /get authorization codes/],
    ["frame-src", "https://login.example.com", /get authorization codes/],
    ["frame-src", "LOGIN.example.com:443/path", /get authorization codes/],
    ["frame-src", "https://*.example.com", /get authorization codes/],
    ["trusted-types", "default", /pass all text through the default policy/],
    ["trusted-types", "*", /create a policy that accepts all text/],
    ["trusted-types", "'allow-duplicates'", /create a policy that accepts all text/],
    ["trusted-types", "'Allow-Duplicates'", /create a policy that accepts all text/],
    ["trusted-types", "'none'", /not a policy name/],
    ["img-src", "https://a.example; script-src *", /not a single source/],
    ["img-src", "https://a.example,https://b.example", /not a single source/],
    ["img-src", "", /not a single source/],
  ])("refuses what would weaken the vault: %s %s", (directive, source, why) => {
    expect(() => policyOf("/", { [directive]: [source] })).toThrow(why);
  });

  it("must pass a list of sources, not a string", () => {
    const policy = { "trusted-types": "default" } as unknown as AppPolicy;
    expect(() => policyOf("/", policy)).toThrow(
      'policy: "trusted-types" must be a list of sources, such as ["default"].',
    );
  });

  it("may allow wildcard hosts, and schemes that cannot run script", () => {
    const policy: AppPolicy = {
      "img-src": ["*"],
      "connect-src": ["https://*.example.com"],
      "font-src": ["data:"],
    };
    expect(policyOf("/", policy).get("img-src")).toContain("*");
  });
});
