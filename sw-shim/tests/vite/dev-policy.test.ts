import type { ResolvedConfig } from "vite";
import { describe, expect, it } from "vitest";
import type { HostRule } from "../../src/headers";
import { devRules } from "../../src/vite/dev-policy";

const app: HostRule = {
  path: "/*",
  headers: { "Content-Security-Policy": "connect-src 'self'; script-src 'self'" },
};
const endpoints: HostRule = {
  path: "/auth/*",
  headers: { "Content-Security-Policy": "script-src 'none'" },
  page: { status: 404, body: "" },
};

/** The sources beside `'self'` for connections, with Vite's server configured like this. */
function connections(server: Partial<ResolvedConfig["server"]>): string | undefined {
  const config = { html: { cspNonce: "n" }, server } as ResolvedConfig;
  const policy = devRules([app], config)[0]?.headers["Content-Security-Policy"];
  return policy?.match(/connect-src 'self' ?([^;]*)/)?.[1];
}

describe("the WebSocket of the development client", () => {
  it("needs nothing on the page's own port", () => {
    expect(connections({ middlewareMode: false })).toBe("");
    expect(connections({ middlewareMode: false, ws: false })).toBe("");
    expect(connections({ middlewareMode: false, ws: { path: "hmr" } })).toBe("");
  });

  it("is allowed on its own port, as the browser sees it", () => {
    expect(connections({ ws: { port: 4_000 } })).toBe("ws://*:4000 wss://*:4000");
    expect(connections({ ws: { port: 4_000, clientPort: 443 } })).toBe("ws://*:443 wss://*:443");
  });

  it("has Vite's own port in middleware mode", () => {
    expect(connections({ middlewareMode: true })).toBe("ws://*:24678 wss://*:24678");
    expect(connections({ middlewareMode: true, ws: { server: {} as never } })).toBe("");
  });
});

it("does not change the other rules", () => {
  const config = { html: { cspNonce: "n" }, server: {} } as ResolvedConfig;
  expect(devRules([endpoints, app], config)[0]).toEqual(endpoints);
});
