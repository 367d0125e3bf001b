import { afterEach, expect, test, vi } from "vitest";
import { checks, select } from "./select.mjs";

afterEach(() => vi.restoreAllMocks());

test("every check has a unique name and comes after its inputs", () => {
  const seen = new Set();
  for (const { name, after = [] } of checks) {
    for (const before of after) expect(seen).toContain(before);
    expect(seen).not.toContain(name);
    seen.add(name);
  }
});

test("without names, all checks but the long ones run", () => {
  expect(checks.filter((check) => !select([]).includes(check)).map(({ name }) => name)).toEqual([
    "session:firefox",
    "session:webkit",
    "examples:firefox",
    "examples:webkit",
    "vault-origin:firefox",
    "vault-origin:webkit",
    "attacks:chromium",
    "attacks:firefox",
    "attacks:webkit",
    "attacks:defences",
    "fuzz",
  ]);
});

test("a long check runs by its name", () => {
  expect(names("fuzz")).toEqual(["fuzz"]);
});

test("a check's inputs run too", () => {
  expect(names("budgets", "format")).toEqual(["format", "build", "budgets"]);
});

test("the part before the colon selects the group", () => {
  expect(names("e2e")).toEqual(["build", "e2e:chromium", "e2e:firefox", "e2e:webkit"]);
});

test("an unknown name is refused with the list of names", () => {
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
