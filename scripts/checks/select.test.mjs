import { afterEach, expect, test, vi } from "vitest";
import { checks, select } from "./select.mjs";

afterEach(() => vi.restoreAllMocks());

test("every check has a name of its own and comes after those it reads from", () => {
  const seen = new Set();
  for (const { name, after = [] } of checks) {
    for (const before of after) expect(seen).toContain(before);
    expect(seen).not.toContain(name);
    seen.add(name);
  }
});

test("no names mean all checks but the long ones", () => {
  expect(checks.filter((check) => !select([]).includes(check)).map(({ name }) => name)).toEqual([
    "session:firefox",
    "session:webkit",
    "vault-origin:firefox",
    "vault-origin:webkit",
    "attacks:chromium",
    "attacks:firefox",
    "attacks:webkit",
    "attacks:defences",
    "fuzz",
  ]);
});

test("a long one is there by its name", () => {
  expect(names("fuzz")).toEqual(["fuzz"]);
});

test("a name brings along what makes that which the check reads", () => {
  expect(names("budgets", "format")).toEqual(["format", "build", "budgets"]);
});

test("the part before the colon means the whole group", () => {
  expect(names("e2e")).toEqual(["build", "e2e:chromium", "e2e:firefox", "e2e:webkit"]);
});

test("an unknown name is refused, with those that there are", () => {
  expect(() => select(["fromat"])).toThrow(/Unknown check "fromat".*format, build/);
});

test("Safari's check is refused on other systems, and is part of a run of all on macOS", async () => {
  onPlatform("linux");
  expect(() => select(["e2e:safari"])).toThrow(/"e2e:safari" runs only on macOS/);
  onPlatform("darwin");
  vi.resetModules();
  const onMac = await import("./select.mjs");
  expect(onMac.select([]).map(({ name }) => name)).toContain("e2e:safari");
  expect(onMac.select(["e2e:safari"]).map(({ name }) => name)).toEqual(["build", "e2e:safari"]);
});

/** @param {NodeJS.Platform} platform */
function onPlatform(platform) {
  vi.spyOn(process, "platform", "get").mockReturnValue(platform);
}

/** @param {string[]} wanted */
function names(...wanted) {
  return select(wanted).map(({ name }) => name);
}
