import { spawn } from "node:child_process";
import { constants as access, accessSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { root, tools } from "./paths.mjs";

/**
 * @typedef {object} Options
 * @property {string} [cwd] default: the root
 * @property {Record<string, string>} [env] in addition to this process's environment
 * @property {(text: string) => void} [onOutput] gets both output streams as they arrive
 * @property {number} [limit] milliseconds without output after which the command is stopped and fails
 *
 * @typedef {object} Ended
 * @property {boolean} ok the command ended with exit code 0
 * @property {string} output both output streams, in the order of arrival
 */

/** This checkout's tools take precedence over the machine's. */
const searchPath = [join(tools, "bin"), join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter);

const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/** After a command has ended, how long its orphans may keep its output open. */
const ORPHANS_MS = 2000;

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

/**
 * Runs a command to its end, without standard input.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {Options} [options]
 * @returns {Promise<Ended>}
 */
export function run(command, args, { cwd = root, env = {}, onOutput = () => {}, limit } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: environment(env), stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    /** @param {string} text */
    const take = (text) => {
      output += text;
      timer?.refresh();
      onOutput(text);
    };
    /** @param {boolean} ok */
    const end = (ok) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ ok, output });
    };
    const timer = limit === undefined ? undefined : setTimeout(stop, limit);
    function stop() {
      take(`\n${command} was stopped after ${Number(limit) / 60_000} minutes without output.\n`);
      child.kill();
    }
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", take);
    child.on("error", (error) => {
      take(`${error.message}\n`);
      end(false);
    });
    child.on("exit", () => {
      setTimeout(() => [child.stdout, child.stderr].map((stream) => stream.destroy()), ORPHANS_MS).unref();
    });
    child.on("close", (code) => end(code === 0));
  });
}

/**
 * Runs a program in place of this one, with its terminal, signals and exit code.
 *
 * @param {string} command
 * @param {string[]} args
 */
export function become(command, args) {
  const child = spawn(command, args, { cwd: root, env: environment(), stdio: "inherit" });
  for (const signal of SIGNALS) {
    // A terminal sends Ctrl+C to both; a second one would interrupt the child's shutdown.
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY) || child.kill(signal));
  }
  child.on("error", (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
  child.on("exit", (code) => {
    process.exitCode = code ?? 1;
  });
}

/**
 * Ends all running commands on a signal to this program.
 *
 * @returns {() => void} removes the handlers
 */
export function stopCommandsOnSignals() {
  /** @param {NodeJS.Signals} signal */
  const stop = (signal) => {
    for (const child of running) child.kill();
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  return () => {
    for (const signal of SIGNALS) process.off(signal, stop);
  };
}

/**
 * The path of a program, or `undefined`.
 *
 * @param {string} name
 */
export function findProgram(name) {
  return searchPath
    .split(delimiter)
    .filter((directory) => directory !== "")
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, access.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {Record<string, string>} [more] */
function environment(more = {}) {
  return { ...process.env, PATH: searchPath, ...more };
}

/**
 * Files of the repository, with untracked ones and without ignored ones.
 *
 * @param {string[]} patterns
 */
export async function filesInGit(...patterns) {
  const { ok, output } = await run("git", [
    "ls-files",
    "--cached",
    "--others",
    "--exclude-standard",
    "--deduplicate",
    ...patterns,
  ]);
  if (!ok) throw new Error(`git could not list the files of this checkout: ${output}`);
  return output.split("\n").filter((line) => line !== "");
}
