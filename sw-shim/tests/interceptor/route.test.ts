import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseOptions } from "../../src/interceptor/options";
import { type RoutedRequest, route } from "../../src/interceptor/route";

const APP = "https://app.example.com";
const settings = parseOptions(
  { vault: "https://vault.example.com", api: ["https://api.example.com/v1/"] },
  new URL(`${APP}/`),
);

/** The table of the core's tests. */
const rows = readFileSync(new URL("routes.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line && !line.startsWith("#"))
  .map((line) => line.split(/ +/) as [string, string, string, string, string]);

it.each(rows)("%s: %s %s %s %s", (outcome, method, mode, destination, url) => {
  const request = { method, mode, destination: destination === "-" ? "" : destination, url };
  const found = route(settings, APP, request as RoutedRequest);
  const expected = { relayed: "relayed", refused: "relayed", missing: "not_found", passed: "pass" }[outcome];
  expect(found === "pass" || found === "not_found" ? found : "relayed").toBe(expected);
});

describe("what the vault gets", () => {
  const to = (url: string) =>
    String(route(settings, APP, { url, method: "GET", mode: "cors", destination: "" }));

  it("of an API request is the whole URL", () => {
    const url = "https://api.example.com/v1/notes?a=%20b";
    expect(to(url)).toBe(url);
  });

  it("of an endpoint is its path below the base path, with the query", () => {
    expect(to(`${APP}/auth/events?signIn=start`)).toBe("/events?signIn=start");
  });
});

describe("an API on the app's own origin", () => {
  const own = parseOptions({ vault: "https://vault.example.com", api: ["/rest"] }, new URL(`${APP}/`));
  const routed = (path: string) =>
    String(route(own, APP, { url: APP + path, method: "GET", mode: "cors", destination: "" }));

  it("is named by its path", () => {
    expect(routed("/rest")).toBe(`${APP}/rest`);
    expect(routed("/rest/notes")).toBe(`${APP}/rest/notes`);
    expect(routed("/restaurant")).toBe("pass");
  });
});
