import { expect, test } from "vitest";
import { casesOfVitest } from "./vitest.mjs";

const report = { numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1, testResults: [] };

test("counts cases, and those not yet written as skipped", () => {
  expect(casesOfVitest(JSON.stringify(report))).toEqual({ passed: 5, failed: 1, skipped: 3 });
});

test("a file that could not be loaded counts as a failure", () => {
  const testResults = [{ status: "failed", assertionResults: [] }];
  expect(casesOfVitest(JSON.stringify({ ...report, testResults }))).toMatchObject({ failed: 2 });
});
