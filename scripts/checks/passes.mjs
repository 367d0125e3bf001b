/** @import { Cases, Check, Result } from "./check.ts" */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { dirname, join } from "node:path";
import { filesInGit } from "../lib/commands.mjs";
import { artifacts, root } from "../lib/paths.mjs";

/** A pass counts for this long, because browsers and other programs of the machine change too. */
const A_DAY_MS = 24 * 60 * 60_000;

/**
 * @typedef {object} Pass
 * @property {string} fingerprint of what the check depends on
 * @property {number} time milliseconds since 1970
 * @property {Cases} [cases]
 */

/** Checks that passed in this checkout, and with which files. A run of all checks does not repeat them while those are the same. */
export class Passes {
  #file;
  #now;
  /** @type {Record<string, Pass>} */
  #last;

  constructor(file = join(artifacts, "passes.json"), now = Date.now) {
    this.#file = file;
    this.#now = now;
    this.#last = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  }

  /**
   * When the check passed with this fingerprint, if that still counts.
   *
   * @param {Check} check
   * @param {string} fingerprint
   * @returns {Pass | undefined}
   */
  find({ name, everyTime }, fingerprint) {
    const pass = this.#last[name];
    const counts = pass && pass.fingerprint === fingerprint && this.#now() - pass.time < A_DAY_MS;
    return counts && !everyTime ? pass : undefined;
  }

  /**
   * Records a result. One with a note does not count as a pass, because something may have been left out.
   *
   * @param {Result} result
   * @param {string} fingerprint
   */
  record({ check, passed, cases, notes }, fingerprint) {
    delete this.#last[check.name];
    if (passed && notes.length === 0) {
      this.#last[check.name] = { fingerprint, time: this.#now(), ...(cases && { cases }) };
    }
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify(this.#last, null, 2));
  }
}

/**
 * The SHA-256 of each file in git or new, by its path. A deleted one has none.
 *
 * @returns {Promise<Map<string, string>>}
 */
export async function hashedFiles() {
  const paths = (await filesInGit()).filter((path) => existsSync(join(root, path)));
  return new Map(paths.map((path) => [path, sha256(readFileSync(join(root, path)))]));
}

/**
 * Changes whenever a file changes that the check does not ignore.
 *
 * @param {Check} check
 * @param {Map<string, string>} files
 */
export function fingerprintOf({ ignores = [] }, files) {
  const read = [...files].filter(([path]) => !ignores.some((pattern) => pattern.test(path)));
  return sha256(JSON.stringify([process.version, process.arch, release(), read]));
}

/** @param {string | Buffer} data */
function sha256(data) {
  return createHash("sha256").update(data).digest("hex");
}
