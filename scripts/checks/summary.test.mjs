/** @import { Cases, Result } from "./check.ts" */
import { expect, test } from "vitest";
import { summary } from "./summary.mjs";

test("the last line sums test cases, and counts a check without any as one", () => {
  expect(lastLine([result("format", true), result("core", true, cases(7))])).toBe("8 passed, 0 failed");
});

test("a check that failed although all its cases passed counts as a failure", () => {
  expect(lastLine([result("core", false, cases(7))])).toBe("7 passed, 1 failed");
});

test("failed cases are counted once", () => {
  expect(lastLine([result("core", false, cases(7, 2)), result("lint", false)])).toBe("7 passed, 3 failed");
});

test("skipped cases are reported", () => {
  expect(summary([result("e2e:webkit", true, cases(7, 0, 2))], 0)).toContain("2 test cases were skipped");
});

test("checks that were not repeated are counted apart", () => {
  const text = summary([result("format", true), { ...result("core", true, cases(7)), unchanged: true }], 0);
  expect(text).toMatch(/^core +unchanged +7 passed/m);
  expect(text).toContain("Unchanged checks passed within a day, with 7 test cases");
  expect(text.split("\n").at(-1)).toBe("1 passed, 0 failed");
});

/** @param {Result[]} results */
function lastLine(results) {
  return summary(results, 0).split("\n").at(-1);
}

/**
 * @param {string} name
 * @param {boolean} passed
 * @param {Cases} [cases]
 * @returns {Result}
 */
function result(name, passed, cases) {
  const check = { name, what: "", requires: [], run: async () => undefined };
  return { check, passed, cases, notes: [], milliseconds: 0 };
}

/** @returns {Cases} */
function cases(passed = 0, failed = 0, skipped = 0) {
  return { passed, failed, skipped };
}
