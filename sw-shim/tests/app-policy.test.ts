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
  it("opens its own policy, and keeps the rest of it", () => {
    const opened = policyOf("/", {
      "script-src": ["https://cdn.example.com", "'sha256-abc='"],
      "trusted-types": ["dompurify", "nextjs#bundler"],
    });
    const expected = policyOf("/");
    expected.set("script-src", ["'self'", "https://cdn.example.com", "'sha256-abc='"]);
    expected.set("trusted-types", ["strongroom", "dompurify", "nextjs#bundler"]);
    expect(opened).toEqual(expected);
  });

  it("opens what the policy does not mention from what that falls back to", () => {
    const fonts = policyOf("/", { "font-src": ["https://fonts.example.com"] }).get("font-src");
    expect(fonts).toEqual(["'self'", "https://fonts.example.com"]);
  });

  it("names the sites that it has in frames", () => {
    const frames = policyOf("/", { "frame-src": ["https://video.example", "https://*.maps.example"] }).get(
      "frame-src",
    );
    expect(frames).toEqual(["https://video.example", "https://*.maps.example"]);
  });

  it("replaces 'none', which stands alone or means nothing", () => {
    const ancestors = policyOf("/", { "frame-ancestors": ["https://portal.example.com"] }).get(
      "frame-ancestors",
    );
    expect(ancestors).toEqual(["https://portal.example.com"]);
  });

  it("opens nothing of the worker's and of its endpoints'", () => {
    const policy: AppPolicy = {
      "script-src": ["https://cdn.example.com"],
      "connect-src": ["https://cdn.example.com"],
    };
    for (const path of ["/vault-worker.js", "/auth/callback"])
      expect(policyOf(path, policy)).toEqual(policyOf(path));
  });

  it.each([
    ["worker-src", "blob:", /cannot be opened/],
    ["object-src", "'self'", /cannot be opened/],
    ["base-uri", "'self'", /cannot be opened/],
    ["default-src", "*", /cannot be opened/],
    ["require-trusted-types-for", "'none'", /cannot be opened/],
    ["script-src", "'unsafe-inline'", /nonce or a hash/],
    ["script-src", "'Unsafe-Eval'", /injected script/],
    ["script-src", "data:", /make up script/],
    ["script-src", "https:", /every host/],
    ["script-src", "https://*", /every host/],
    ["connect-src", "*", /every host/],
    ["frame-src", "*:8080", /every host/],
    ["frame-src", "'self'", /way to authorization codes/],
    ["frame-src", "https://login.example.com", /way to authorization codes/],
    ["frame-src", "LOGIN.example.com:443/path", /way to authorization codes/],
    ["frame-src", "https://*.example.com", /way to authorization codes/],
    ["trusted-types", "*", /no name of a policy/],
    ["trusted-types", "'allow-duplicates'", /no name of a policy/],
    ["img-src", "https://a.example; script-src *", /no single source/],
    ["img-src", "https://a.example,https://b.example", /no single source/],
    ["img-src", "", /no single source/],
  ])("cannot take a promise of the vault away: %s %s", (directive, source, why) => {
    expect(() => policyOf("/", { [directive]: [source] })).toThrow(why);
  });

  it("may name a part of a host, and schemes where nothing runs", () => {
    const policy: AppPolicy = {
      "img-src": ["*"],
      "connect-src": ["https://*.example.com"],
      "font-src": ["data:"],
    };
    expect(policyOf("/", policy).get("img-src")).toContain("*");
  });
});
