/** @import { Check, Result } from "./check.ts" */

/**
 * Runs checks in their order, several at a time, and continues after a failure. A check fails without running if a check that makes
 * its input has failed.
 *
 * @template {Result} R
 * @param {Check[]} checks
 * @param {(check: Check) => Promise<R>} perform
 * @param {number} atATime
 * @returns {Promise<(R | Result)[]>} in the order of `checks`
 */
export async function schedule(checks, perform, atATime) {
  /** @type {Map<string, R | Result>} */
  const results = new Map();
  /** @type {Map<Check, Promise<void>>} */
  const running = new Map();
  const waiting = new Set(checks);

  while (waiting.size + running.size > 0) {
    for (const check of waiting) {
      const before = checks.filter(({ name }) => check.after?.includes(name));
      const failed = before.find(({ name }) => results.get(name)?.passed === false);
      if (failed) {
        waiting.delete(check);
        results.set(check.name, notRun(check, `not run, because ${failed.name} failed`));
      } else if (
        running.size < atATime &&
        before.every(({ name }) => results.has(name)) &&
        !(check.usesCargo && [...running.keys()].some((other) => other.usesCargo))
      ) {
        waiting.delete(check);
        running.set(
          check,
          perform(check).then((result) => {
            results.set(check.name, result);
            running.delete(check);
          }),
        );
      }
    }
    if (running.size > 0) await Promise.race(running.values());
  }
  return checks.flatMap(({ name }) => results.get(name) ?? []);
}

/**
 * @param {Check} check
 * @param {string} why
 * @returns {Result}
 */
function notRun(check, why) {
  return { check, passed: false, cases: undefined, notes: [why], milliseconds: 0 };
}
