/** @import { Check, Result } from "./check.ts" */
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { schedule } from "./schedule.mjs";

test("runs checks side by side, up to the limit, and returns the results in their order", async () => {
  const { perform, mostAtOnce } = performer();
  const results = await schedule([check("a"), check("b"), check("c")], perform, 2);
  expect(mostAtOnce()).toBe(2);
  expect(results.map((result) => result.check.name)).toEqual(["a", "b", "c"]);
});

test("continues after a failure", async () => {
  const { perform, performed } = performer(["a"]);
  await schedule([check("a"), check("b")], perform, 1);
  expect(performed).toEqual(["a", "b"]);
});

test("a check waits for its inputs", async () => {
  const { perform, performed } = performer();
  await schedule([check("early", { after: ["late"] }), check("late")], perform, 2);
  expect(performed).toEqual(["late", "early"]);
});

test("a check whose input failed fails without being run, and so do those after it", async () => {
  const { perform, performed } = performer(["a"]);
  const results = await schedule(
    [check("a"), check("b", { after: ["a"] }), check("c", { after: ["b"] })],
    perform,
    2,
  );
  expect(performed).toEqual(["a"]);
  expect(results.map(({ passed }) => passed)).toEqual([false, false, false]);
  expect(results[1]?.notes).toEqual(["not run, because a failed"]);
});

test("checks that use cargo take turns", async () => {
  const { perform, mostAtOnce, performed } = performer();
  await schedule([check("a", { usesCargo: true }), check("b", { usesCargo: true })], perform, 2);
  expect(mostAtOnce()).toBe(1);
  expect(performed).toEqual(["a", "b"]);
});

/**
 * @param {string} name
 * @param {Partial<Check>} [more]
 * @returns {Check}
 */
function check(name, more) {
  return { name, what: "", requires: [], run: async () => undefined, ...more };
}

/** @param {string[]} failing */
function performer(failing = []) {
  /** @type {string[]} */
  const performed = [];
  let now = 0;
  let most = 0;
  return {
    performed,
    mostAtOnce: () => most,
    /**
     * @param {Check} check
     * @returns {Promise<Result>}
     */
    async perform(check) {
      most = Math.max(most, ++now);
      await setImmediate();
      now -= 1;
      performed.push(check.name);
      return { check, passed: !failing.includes(check.name), cases: undefined, notes: [], milliseconds: 0 };
    },
  };
}
