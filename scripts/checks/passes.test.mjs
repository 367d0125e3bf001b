/** @import { Check, Result } from "./check.ts" */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { fingerprintOf, hashedFiles, Passes } from "./passes.mjs";

/** @type {Check} */
const check = { name: "a", what: "", requires: [], run: async () => undefined };

describe("a check that passed", () => {
  let now = 0;
  /** @type {string} */
  let file;

  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), "strongroom-passes-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    file = join(folder, "passes.json");
    now = 0;
  });

  const open = () => new Passes(file, () => now);

  test("is found again in the next run, with its test cases", () => {
    const cases = { passed: 3, failed: 0, skipped: 0 };
    open().record(result({ cases }), "same");
    expect(open().find(check, "same")).toEqual({ fingerprint: "same", time: 0, cases });
  });

  test("is not found with another fingerprint", () => {
    open().record(result({}), "before");
    expect(open().find(check, "after")).toBeUndefined();
  });

  test("is not found a day later", () => {
    open().record(result({}), "same");
    now = 24 * 60 * 60_000 - 1;
    expect(open().find(check, "same")).toBeDefined();
    now += 1;
    expect(open().find(check, "same")).toBeUndefined();
  });

  test("is not found after it failed", () => {
    open().record(result({}), "same");
    open().record(result({ passed: false }), "same");
    expect(open().find(check, "same")).toBeUndefined();
  });

  test("is not found if it left something out", () => {
    open().record(result({ notes: ["the network was NOT reached"] }), "same");
    expect(open().find(check, "same")).toBeUndefined();
  });

  test("is not found if it runs every time", () => {
    open().record(result({}), "same");
    expect(open().find({ ...check, everyTime: true }, "same")).toBeUndefined();
  });
});

describe("a fingerprint", () => {
  const files = { "docs/a.md": "1", "tests/b.ts": "2" };

  test.each([
    ["another content", { ...files, "tests/b.ts": "3" }],
    ["a new file", { ...files, "tests/c.ts": "2" }],
    ["a renamed file", { "docs/a.md": "1", "tests/c.ts": "2" }],
    ["a deleted file", { "docs/a.md": "1" }],
  ])("changes with %s", (_, changed) => {
    expect(print(changed)).not.toBe(print(files));
  });

  test("does not change with a file that the check ignores", () => {
    const ignores = [/^docs\//];
    expect(print({ ...files, "docs/a.md": "3" }, ignores)).toBe(print(files, ignores));
    expect(print({ ...files, "tests/b.ts": "3" }, ignores)).not.toBe(print(files, ignores));
  });
});

test("files in git have a hash each, ignored ones none", async () => {
  const files = await hashedFiles();
  expect(files.get("package.json")).toMatch(/^[0-9a-f]{64}$/);
  expect([...files.keys()].filter((path) => path.startsWith("tests/artifacts/"))).toEqual([]);
});

/** @param {Partial<Result>} more */
function result(more) {
  return /** @type {Result} */ ({
    check,
    passed: true,
    cases: undefined,
    notes: [],
    milliseconds: 1,
    ...more,
  });
}

/**
 * @param {Record<string, string>} files
 * @param {RegExp[]} [ignores]
 */
function print(files, ignores = []) {
  return fingerprintOf({ ...check, ignores }, new Map(Object.entries(files)));
}
