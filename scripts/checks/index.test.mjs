import { expect, test } from "vitest";
import { checks, select } from "./index.mjs";

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
  expect(() => select(["fromat"])).toThrow(/no check "fromat".*format, build/);
});

/** @param {string[]} wanted */
function names(...wanted) {
  return select(wanted).map(({ name }) => name);
}
