/** @import { Cases, Result } from "./check.ts" */
import { duration } from "../lib/steps.mjs";

/**
 * The summary at the end: a table, the notes, and the totals in the last line.
 *
 * @param {Result[]} results
 * @param {number} milliseconds
 */
export function summary(results, milliseconds) {
  const unchanged = results.filter((result) => result.unchanged);
  const sums = add(results.filter((result) => !result.unchanged).map(casesOf));
  const skipped = sums.skipped > 0 ? `${sums.skipped} test cases were skipped. ` : "";
  return [
    table([
      ["check", "result", "test cases", "time"],
      ...results.map((result) => [
        result.check.name,
        result.unchanged ? "unchanged" : result.passed ? "passed" : "FAILED",
        result.cases ? counted(result.cases) : "",
        duration(result.milliseconds),
      ]),
    ]),
    ...results.flatMap(({ check, notes }) => notes.map((note) => `${check.name}: ${note}`)),
    "",
    ...(unchanged.length > 0
      ? [
          `Unchanged checks passed within a day, with ${add(unchanged.map(casesOf)).passed} test cases, and no file that they depend on has changed since. \`npm test -- <name>\` runs them again.`,
        ]
      : []),
    `${skipped}A check without test cases counts as one. Total time: ${duration(milliseconds)}.`,
    `${sums.passed} passed, ${sums.failed} failed`,
  ].join("\n");
}

/**
 * A check without cases counts as one. One that failed without a failed case counts as one more failure.
 *
 * @param {Result} result
 * @returns {Cases}
 */
function casesOf({ passed, cases }) {
  if (cases === undefined) return { passed: Number(passed), failed: Number(!passed), skipped: 0 };
  return passed || cases.failed > 0 ? cases : { ...cases, failed: 1 };
}

/** @param {Cases} cases */
function counted({ passed, failed, skipped }) {
  const parts = [`${passed} passed`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return parts.join(", ");
}

/** @param {Cases[]} all */
function add(all) {
  return all.reduce(
    (sum, each) => ({
      passed: sum.passed + each.passed,
      failed: sum.failed + each.failed,
      skipped: sum.skipped + each.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/** @param {string[][]} rows */
function table(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
