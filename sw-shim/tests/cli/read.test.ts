import { describe, expect, it } from "vitest";
import { readWorkerScript } from "../../src/cli/configuration/read";

const read = (source: string) => readWorkerScript(source, "https://app.example.com");

describe("a worker script is read without being run", () => {
  it("by its plain data", () => {
    const source = `importScripts("/strongroom-worker.js");
      strongroom.start({ "scopes": ['openid'], api: [{ url: \`/api/\` }], debug: !0, nothing: null, });`;
    expect(read(source)).toEqual({
      imports: ["/strongroom-worker.js"],
      configuration: { scopes: ["openid"], api: [{ url: "/api/" }], debug: true, nothing: null },
    });
  });

  it("with constants, templates, spreads and the app's own origin", () => {
    const source = `const base = { scopes: ["openid"] };
      const api = [\`\${self.location.origin}/v1/\`, location.origin + "/v2/"];
      self.addEventListener("push", () => {});
      strongroom.start({ ...base, api: [...api] });`;
    expect(read(source).configuration).toEqual({
      scopes: ["openid"],
      api: ["https://app.example.com/v1/", "https://app.example.com/v2/"],
    });
  });

  it("wherever strongroom.start is called", () => {
    expect(read("if (true) { (() => { strongroom.start({ scopes: [] }) })() }").configuration).toEqual({
      scopes: [],
    });
  });

  it("for an app whose vault has an origin of its own, too", () => {
    expect(read('strongroom.intercept({ vault: "https://vault.example.com" });')).toEqual({
      imports: [],
      interceptor: { vault: "https://vault.example.com" },
    });
  });

  it.each([
    ["strongroom.start({ api: urls() })", /line 1 has a computed value/],
    ["strongroom.start(\n{ api: process.env.API })", /line 2 has a computed value/],
    ["strongroom.start(configuration)", /computed value/],
    ["const a = a; strongroom.start(a)", /computed value/],
    ["strongroom.start({ ...[1].map(alert) })", /computed value/],
    ["self.addEventListener('fetch', () => {})", /calls neither strongroom\.start/],
    ["<!doctype html>", /Unexpected token/],
  ])("and says what it would have to run: %s", (source, problem) => {
    expect(read(source)).toMatchObject({ problem: expect.stringMatching(problem) });
    expect(read(source).configuration).toBeUndefined();
  });

  it("cannot reach an object's prototype", () => {
    const { configuration } = read('strongroom.start({ "__proto__": { polluted: true } })');
    expect(configuration).toHaveProperty(["__proto__"], { polluted: true });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
