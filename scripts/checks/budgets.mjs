/** @import { Check, Job } from "./check.ts" */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotli, bundle } from "../lib/bundle.mjs";
import { root } from "../lib/paths.mjs";
import { npmPackages } from "../setup/npm-packages.mjs";

/** @type {Check} */
export const budgets = {
  name: "budgets",
  what: "sizes against budgets.json, in KiB: the tarball, and files after brotli",
  requires: [npmPackages],
  after: ["build"],
  async run(job) {
    const cases = { passed: 0, failed: 0, skipped: 0 };
    for (const { what, kibibytes, ...source } of budgeted()) {
      const size = (await bytes(source, job)) / 1024;
      const figure = `${size.toFixed(2)} KiB of ${kibibytes} KiB: ${what}`;
      job.note(figure);
      if (size <= kibibytes) {
        cases.passed += 1;
      } else {
        cases.failed += 1;
        job.fail(`over budget: ${figure}`);
      }
    }
    return cases;
  },
};

/** @typedef {{ file: string } | { bundle: string } | { package: string }} Source */

/** @returns {({ what: string; kibibytes: number } & Source)[]} */
function budgeted() {
  return Object.values(JSON.parse(readFileSync(join(root, "budgets.json"), "utf8")));
}

/**
 * @param {Source} source
 * @param {Job} job
 */
async function bytes(source, job) {
  if ("package" in source) return packed(source.package, job);
  return brotli(
    "file" in source ? readFileSync(join(root, source.file)) : await bundle(source.bundle, "demo-spa"),
  );
}

/**
 * The size of the tarball that npm would publish.
 *
 * @param {string} folder
 * @param {Job} job
 */
async function packed(folder, job) {
  const { output } = await job.run("npm", [
    "pack",
    join(root, folder),
    "--dry-run",
    "--json",
    "--loglevel=error",
  ]);
  return JSON.parse(output.slice(output.search(/^\[/m)))[0].size;
}
