/** @import { Check, Job, Result } from "./check.ts" */
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../lib/commands.mjs";
import { artifacts } from "../lib/paths.mjs";
import { tail } from "../lib/steps.mjs";

/** A check that prints nothing for so long hangs, and so it fails. The slowest test file takes a fraction of this. */
const LIMIT_MS = 15 * 60_000;

/** Logs are read in editors, so they have no colors. */
const PLAIN = { NO_COLOR: "1", CARGO_TERM_COLOR: "never" };

/**
 * Runs one check. Its output goes into its log and to `live`.
 *
 * @param {Check} check
 * @param {(text: string) => void} [live]
 * @returns {Promise<Result & { tail: string }>}
 */
export async function perform(check, live = () => {}) {
  const start = performance.now();
  const log = openLog(logOf(check));
  /** @type {string[]} */
  const notes = [];
  let output = "";
  let passed = true;

  /** @param {string} text */
  const write = (text) => {
    output += text;
    log.write(text);
    live(text);
  };

  /** @type {Job} */
  const job = {
    async run(command, args, options) {
      const ended = await job.attempt(command, args, options);
      if (!ended.ok) job.fail(`Command failed: ${[command, ...args].join(" ")}`);
      return ended;
    },
    attempt(command, args, options) {
      write(`\n$ ${[command, ...args].join(" ")}\n`);
      return run(command, args, {
        limit: LIMIT_MS,
        onOutput: write,
        ...options,
        env: { ...PLAIN, ...options?.env },
      });
    },
    fail(why) {
      passed = false;
      write(`${why}\n`);
    },
    note(line) {
      notes.push(line);
      write(`${line}\n`);
    },
  };

  const cases = await check.run(job).catch((error) => {
    job.fail(error.stack);
    return undefined;
  });
  if (cases && cases.failed > 0) job.fail(`${cases.failed} test cases failed.`);
  if (cases && cases.passed + cases.failed === 0) job.fail("No test cases ran.");
  log.end();
  return { check, passed, cases, notes, milliseconds: performance.now() - start, tail: tail(output) };
}

/**
 * The path of a check's log.
 *
 * @param {Check} check
 */
export function logOf({ name }) {
  return join(artifacts, "logs", `${name.replace(":", "-")}.log`);
}

/** @param {string} path */
function openLog(path) {
  mkdirSync(dirname(path), { recursive: true });
  return createWriteStream(path);
}
