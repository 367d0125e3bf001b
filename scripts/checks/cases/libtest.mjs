/** @import { Cases } from "../check.ts" */

/** The closing line of one test binary, native or in a browser. */
const CLOSING = /^test result: \S+ (?<passed>\d+) passed; (?<failed>\d+) failed; (?<ignored>\d+) ignored;/gm;

/**
 * The cases that the output of `cargo test` or `wasm-pack test` reports, over all test binaries.
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
