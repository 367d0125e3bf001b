/** @import { Requirement } from "../checks/check.ts" */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../lib/commands.mjs";
import { root } from "../lib/paths.mjs";
import { step } from "../lib/steps.mjs";

/**
 * The packages of package-lock.json.
 *
 * @type {Requirement}
 */
export const npmPackages = {
  name: "the npm packages of package-lock.json",

  /** npm writes this file last, so an interrupted installation has none. */
  isHere() {
    const installed = packagesIn(join(root, "node_modules", ".package-lock.json"));
    return Object.entries(packagesIn(join(root, "package-lock.json"))).every(([path, wanted]) => {
      if (!path.startsWith("node_modules/")) return true;
      const found = installed[path];
      // Such as binaries of another platform.
      if (found === undefined)
        return wanted.optional === true || wanted.devOptional === true || wanted.peer === true;
      return found.version === wanted.version && found.integrity === wanted.integrity;
    });
  },

  install: () =>
    step("Installing the npm packages of package-lock.json", (onOutput) =>
      run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { onOutput }),
    ),
};

/**
 * @typedef {{ version?: string; integrity?: string; optional?: boolean; devOptional?: boolean; peer?: boolean }} Package
 * @param {string} lockFile
 * @returns {Record<string, Package>}
 */
function packagesIn(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, "utf8")).packages;
  } catch {
    return {};
  }
}
