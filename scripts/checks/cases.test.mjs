import { describe, expect, test } from "vitest";
import { casesOfLibtest, casesOfVitest, factsOfLibfuzzer, failuresOfVitest } from "./cases.mjs";

describe("libtest", () => {
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
});

describe("vitest", () => {
  const report = {
    numPassedTests: 5,
    numFailedTests: 1,
    numPendingTests: 2,
    numTodoTests: 1,
    testResults: [],
  };

  test("counts cases, and todos as skipped", () => {
    expect(casesOfVitest(JSON.stringify(report))).toEqual({ passed: 5, failed: 1, skipped: 3 });
  });

  test("a file that could not be loaded counts as a failure", () => {
    const testResults = [{ status: "failed", assertionResults: [] }];
    expect(casesOfVitest(JSON.stringify({ ...report, testResults }))).toMatchObject({ failed: 2 });
  });

  test("reports each failed case with the first line of its message", () => {
    const failureMessages = ["AssertionError: expected 1 to be 2\n    at somewhere"];
    const assertionResults = [
      { status: "failed", fullName: "sums", failureMessages },
      { status: "passed", fullName: "differences", failureMessages: [] },
      {
        status: "failed",
        fullName: "products",
        failureMessages: ["Error: STACK_TRACE_ERROR\n    at elsewhere"],
      },
    ];
    expect(failuresOfVitest(JSON.stringify({ ...report, testResults: [{ assertionResults }] }))).toEqual([
      "FAILED sums: AssertionError: expected 1 to be 2",
      "FAILED products: timed out",
    ]);
  });
});

describe("libFuzzer", () => {
  test("executions and coverage are those at the end", () => {
    const output = `
#2	INITED cov: 810 ft: 1200 corp: 40/12Kb exec/s: 0 rss: 40Mb
#4096	pulse  cov: 901 ft: 2201 corp: 99/31Kb lim: 4096 exec/s: 2048 rss: 44Mb
Done 8192 runs in 61 second(s)
stat::number_of_executed_units: 8192
stat::average_exec_per_sec:     134
`;
    expect(factsOfLibfuzzer(output)).toEqual({ executions: "8192", edges: "901", found: undefined });
  });

  test("a crash is named by its file", () => {
    const output = `
SUMMARY: libFuzzer: deadly signal
artifact_prefix='/clone/crate/fuzz/artifacts/frames/'; Test unit written to /clone/crate/fuzz/artifacts/frames/crash-da39a3
`;
    expect(factsOfLibfuzzer(output).found).toBe("/clone/crate/fuzz/artifacts/frames/crash-da39a3");
  });

  test("a run that did not start has no figures", () => {
    expect(factsOfLibfuzzer("error: could not compile")).toEqual({
      executions: "an unknown number of",
      edges: "no",
      found: undefined,
    });
  });
});
