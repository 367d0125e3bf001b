import { expect, test } from "vitest";
import { casesOfLibtest } from "./libtest.mjs";

test("sums the closing lines of all test binaries", () => {
  const output = [
    "running 3 tests",
    "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
    "test result: FAILED. 4 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s",
  ].join("\n");
  expect(casesOfLibtest(output)).toEqual({ passed: 6, failed: 1, skipped: 1 });
});

test("a test that prints something like a closing line is not counted", () => {
  expect(casesOfLibtest('  "test result: ok. 9 passed; 0 failed; 0 ignored;"')).toEqual({
    passed: 0,
    failed: 0,
    skipped: 0,
  });
});
