/** @import { Cases, Job } from "./check.ts" */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { artifacts } from "../lib/paths.mjs";

/** The closing line of one test binary, native or in a browser. */
const CLOSING = /^test result: \S+ (?<passed>\d+) passed; (?<failed>\d+) failed; (?<ignored>\d+) ignored;/gm;

/**
 * The cases that the output of `cargo test` reports, over all test binaries.
 *
 * @param {string} output
 * @returns {Cases}
 */
export function casesOfLibtest(output) {
  const cases = { passed: 0, failed: 0, skipped: 0 };
  for (const { groups } of output.matchAll(CLOSING)) {
    cases.passed += Number(groups?.passed);
    cases.failed += Number(groups?.failed);
    cases.skipped += Number(groups?.ignored);
  }
  return cases;
}

/**
 * Runs vitest and counts from its own report.
 *
 * @param {Job} job
 * @param {string} name of the report, beside the logs
 * @param {string[]} args
 * @returns {Promise<Cases | undefined>}
 */
export async function vitest(job, name, args) {
  const report = join(artifacts, "logs", `${name}.json`);
  rmSync(report, { force: true });
  await job.run("vitest", [
    "run",
    ...args,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ]);
  const text = readFileSync(report, "utf8");
  for (const failure of failuresOfVitest(text)) job.note(failure);
  return casesOfVitest(text);
}

/**
 * One line per failed case. CI may show only the end of a long log.
 *
 * @param {string} report
 * @returns {string[]}
 */
export function failuresOfVitest(report) {
  /** @type {{ testResults: { assertionResults: { status: string; fullName: string; failureMessages: string[] }[] }[] }} */
  const { testResults } = JSON.parse(report);
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "failed")
    .map(({ fullName, failureMessages: [message = ""] }) => {
      // This is all that vitest's report says of a case that exceeded its time limit.
      const reason = message.includes("STACK_TRACE_ERROR") ? "timed out" : message.split("\n")[0];
      return `FAILED ${fullName}: ${reason}`;
    });
}

/**
 * The cases of a report by vitest's JSON reporter. A file that cannot even be loaded has no cases, and counts as one.
 *
 * @param {string} report
 * @returns {Cases}
 */
export function casesOfVitest(report) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(report);
  const broken = testResults.filter(
    (/** @type {{ status: string; assertionResults: unknown[] }} */ file) =>
      file.status === "failed" && file.assertionResults.length === 0,
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + broken.length,
    skipped: numPendingTests + numTodoTests,
  };
}

/**
 * The result of a run of libFuzzer, from its output.
 *
 * @param {string} output
 */
export function factsOfLibfuzzer(output) {
  return {
    executions: output.match(/^stat::number_of_executed_units: *(\d+)/m)?.[1] ?? "an unknown number of",
    edges: Array.from(output.matchAll(/\bcov: (\d+)/g), ([, edges]) => edges).at(-1) ?? "no",
    /** The file with the input that broke an invariant. */
    found: output.match(/Test unit written to (\S+)/)?.[1],
  };
}
