import { expect, test } from "vitest";
import { casesOfVitest, failuresOfVitest } from "./vitest.mjs";

const report = { numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1, testResults: [] };

test("counts cases, and those not yet written as skipped", () => {
  expect(casesOfVitest(JSON.stringify(report))).toEqual({ passed: 5, failed: 1, skipped: 3 });
});

test("a file that could not be loaded counts as a failure", () => {
  const testResults = [{ status: "failed", assertionResults: [] }];
  expect(casesOfVitest(JSON.stringify({ ...report, testResults }))).toMatchObject({ failed: 2 });
});

test("tells each case that failed, with the first line of what it says", () => {
  const failureMessages = ["AssertionError: expected 1 to be 2\n    at somewhere"];
  const assertionResults = [
    { status: "failed", fullName: "sums", failureMessages },
    { status: "passed", fullName: "differences", failureMessages: [] },
  ];
  expect(failuresOfVitest(JSON.stringify({ ...report, testResults: [{ assertionResults }] }))).toEqual([
    "FAILED sums: AssertionError: expected 1 to be 2",
  ]);
});
