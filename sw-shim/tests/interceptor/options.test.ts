import { afterEach, describe, expect, it, vi } from "vitest";
import { FakeScope, type Options } from "./fake-worker";

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("options that are refused", () => {
  it.each<[string, Partial<Record<keyof Options | "apis", unknown>>, RegExp]>([
    ["no vault", { vault: undefined }, /`vault` is not a URL/],
    ["a vault that is no URL", { vault: "vault.example.com" }, /`vault` is not a URL/],
    ["a vault with a path", { vault: "https://vault.example.com/auth" }, /`vault` is more than an origin/],
    ["a vault over http", { vault: "http://vault.example.com" }, /`vault` must be an https URL/],
    ["the app's own origin as the vault", { vault: "https://app.example.com" }, /the app's own origin/],
    ["a vault with a user name", { vault: "https://a@vault.example.com" }, /`vault` must be an https URL/],
    ["no API", { api: [] }, /`api` must be an array/],
    ["one API that is not in an array", { api: "https://api.example.com" }, /`api` must be an array/],
    [
      "the API's configuration of strongroom.start",
      { api: [{ url: "https://api.example.com" }] },
      /`api\[0\]` is not/,
    ],
    ["an API over http", { api: ["/rest", "http://api.example.com"] }, /`api\[1\]` must be an https URL/],
    ["an API with a wildcard", { api: ["https://*.example.com"] }, /`api\[0\]`.* wildcards/],
    ["an API with a query", { api: ["https://api.example.com/?a"] }, /`api\[0\]` has a query/],
    ["a base path outside the scope", { basePath: "auth" }, /`basePath` is not a plain path/],
    ["a base path that is the scope", { basePath: "/" }, /`basePath` is not a plain path/],
    ["a base path with a dot", { basePath: "/a/../b" }, /`basePath` is not a plain path/],
    ["a base path with a slash at the end", { basePath: "/auth/" }, /`basePath` is not a plain path/],
    ["an unknown key", { apis: [] }, /`apis` is not a known key\. Remove it, or use one of: vault, api/],
  ])("%s", async (_, options, message) => {
    const scope = new FakeScope();
    const listens = vi.spyOn(scope, "addEventListener");
    const error = await scope.start(options as Partial<Options>).catch(String);
    expect(error).toMatch(/^Error: strongroom\.intercept: /);
    expect(error).toMatch(message);
    expect(listens.mock.calls.map(([type]) => type)).not.toContain("fetch");
  });

  it("none at all", async () => {
    const scope = new FakeScope();
    await scope.start();
    const { intercept } = await import("../../src/interceptor/intercept");
    expect(() => intercept(undefined as never)).toThrow(/called twice/);
    vi.resetModules();
    const again = await import("../../src/interceptor/intercept");
    expect(() => again.intercept(undefined as never)).toThrow(
      /strongroom\.intercept: the options are missing/,
    );
  });
});

it("http is allowed on hosts of this machine", async () => {
  const scope = new FakeScope(new URL("http://app.strongroom.localhost:8080/worker.js"));
  await scope.start({
    vault: "http://vault.strongroom.localhost:8081",
    api: ["http://localhost:8082/"],
  });
});

it("the base path is inside the scope and is reported to pages", async () => {
  const scope = new FakeScope(new URL("https://app.example.com/app/worker.js"));
  await scope.start();
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
  });
  const [greeted] = scope.dispatch("message", { data: "strongroom:hello", ports: [port2] });
  await greeted;
  expect(scope.clients.claim).toHaveBeenCalled();
  expect(await answer).toEqual({
    version: "1.2.3",
    scope: "https://app.example.com/app/",
    basePath: "/app/auth",
    vault: "https://vault.example.com",
  });
  port1.close();
});

describe("the script", () => {
  it("is installed at once, and handles only its own requests", async () => {
    const scope = new FakeScope();
    await scope.start();
    const addRoutes = vi.fn(async (_: unknown) => {});
    await Promise.all(scope.dispatch("install", { addRoutes }));
    expect(scope.skipWaiting).toHaveBeenCalledOnce();
    expect(addRoutes.mock.lastCall).toMatchObject([
      [
        {
          condition: {
            not: {
              or: [
                { urlPattern: { hostname: "api.example.com", pathname: "/v1/*" } },
                { urlPattern: { hostname: "app.example.com", pathname: "/auth*" } },
              ],
            },
          },
        },
      ],
    ]);
  });

  it("adds no listeners in a dedicated worker, where a page evaluates it to read its error", async () => {
    const worker = Object.assign(new EventTarget(), {
      location: new URL("https://app.example.com/worker.js"),
    });
    vi.stubGlobal("self", worker);
    vi.resetModules();
    const { intercept } = await import("../../src/interceptor/intercept");
    const listens = vi.spyOn(worker, "addEventListener");
    intercept({ vault: "https://vault.example.com", api: ["/api/"] });
    expect(listens).not.toHaveBeenCalled();
  });

  it("that is the library file itself is not installed", async () => {
    const scope = new FakeScope();
    vi.stubGlobal("self", scope);
    vi.resetModules();
    await import("../../src/interceptor/intercept");
    await expect(Promise.all(scope.dispatch("install"))).rejects.toThrow(/calls strongroom\.intercept/);
  });
});
