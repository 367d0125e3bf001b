// `npm test` runs all checks, also in a fresh clone, except those that passed with the same files. `npm test -- <name> …` runs single
// checks in any case, `npm test -- --list` lists them.
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import { fingerprintOf, hashedFiles, Passes } from "./checks/passes.mjs";
import { logOf, perform } from "./checks/perform.mjs";
import { schedule } from "./checks/schedule.mjs";
import { checks, select, UnavailableCheck } from "./checks/select.mjs";
import { summary } from "./checks/summary.mjs";
import { stopCommandsOnSignals } from "./lib/commands.mjs";
import { duration, Problem, script } from "./lib/steps.mjs";
import { ensure } from "./setup/ensure.mjs";

/** @typedef {(check: import("./checks/check.ts").Check) => Promise<import("./checks/check.ts").Result>} Perform */

/** A check with a browser keeps about one processor busy. On two, a whole run took 18 minutes with two at a time and with three. */
const AT_A_TIME = Math.max(2, availableParallelism());

const LINE = "-".repeat(80);

stopCommandsOnSignals();
await script(async () => {
  const args = process.argv.slice(2);
  if (args.includes("--list")) return list();
  const chosen = chosenBy(args);
  await ensure(chosen.flatMap(({ requires }) => requires));

  const start = performance.now();
  const perform = recorded(telling(chosen.length === 1), args.length === 0, await hashedFiles());
  const results = await schedule(chosen, perform, AT_A_TIME);
  console.log(`\n${summary(results, performance.now() - start)}`);
  if (results.some(({ passed }) => !passed)) process.exitCode = 1;
});

function list() {
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, what, onlyByName } of checks) {
    console.log(`${name.padEnd(width)}  ${what}${onlyByName ? "; only by name" : ""}`);
  }
}

/** @param {string[]} names */
function chosenBy(names) {
  try {
    return select(names);
  } catch (error) {
    throw error instanceof UnavailableCheck ? new Problem(error.message) : error;
  }
}

/**
 * Records what passes, with the files that it passed with.
 *
 * @param {Perform} perform
 * @param {boolean} onlyChanged leaves out what passed with the same files
 * @param {Map<string, string>} files
 * @returns {Perform}
 */
function recorded(perform, onlyChanged, files) {
  const passes = new Passes();
  return async (check) => {
    const fingerprint = fingerprintOf(check, files);
    const pass = onlyChanged ? passes.find(check, fingerprint) : undefined;
    if (pass) {
      console.log(`${check.name}: unchanged since it passed at ${new Date(pass.time).toLocaleTimeString()}`);
      return { check, passed: true, cases: pass.cases, notes: [], milliseconds: 0, unchanged: true };
    }
    const result = await perform(check);
    // Somebody may have edited a file meanwhile.
    if (fingerprint === fingerprintOf(check, await hashedFiles())) passes.record(result, fingerprint);
    return result;
  };
}

/**
 * Prints when a check starts and how it ended. A single check prints its output as it runs. Checks that run in parallel print theirs
 * only if they fail.
 *
 * @param {boolean} alone
 * @returns {Perform}
 */
function telling(alone) {
  return async (check) => {
    console.log(`${check.name}: started`);
    const result = await perform(check, alone ? (text) => process.stdout.write(text) : undefined);
    const verdict = result.passed ? "passed" : "FAILED";
    if (!result.passed && !alone) console.log(`\n${LINE}\n${result.tail}\n${LINE}`);
    console.log(`${check.name}: ${verdict} after ${duration(result.milliseconds)}`);
    if (!result.passed) console.log(`Full log: ${relative(process.cwd(), logOf(check))}\n`);
    return result;
  };
}
