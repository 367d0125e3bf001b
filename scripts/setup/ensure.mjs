/** @import { Requirement } from "../checks/check.ts" */
import { duration, Problem } from "../lib/steps.mjs";
import { chromium, firefox, safari, webkit } from "./browsers.mjs";
import { cargoDeny, cargoFuzz, geckodriver, wasmBindgen } from "./cargo-tools.mjs";
import { npmPackages } from "./npm-packages.mjs";
import { cxxCompiler, prerequisites } from "./prerequisites.mjs";
import { rustToolchain } from "./rust-toolchain.mjs";

/** All requirements except those of checks that run only by name, in the order of installation: what a person may have to do comes first. */
export const everything = [
  ...prerequisites,
  chromium,
  firefox,
  webkit,
  npmPackages,
  rustToolchain,
  wasmBindgen,
  geckodriver,
  cargoDeny,
];

const inOrder = [cxxCompiler, safari, ...everything, cargoFuzz];

/**
 * Installs what is missing. Prints nothing if nothing is.
 *
 * @param {Requirement[]} requirements in any order
 */
export async function ensure(requirements) {
  const start = performance.now();
  let installed = 0;
  for (const requirement of inOrder) {
    if (!requirements.includes(requirement) || (await requirement.isHere())) continue;
    await requirement.install();
    if (!(await requirement.isHere())) {
      throw new Problem(`${requirement.name} was installed but cannot be found.`);
    }
    installed += 1;
  }
  if (installed > 0) console.log(`Installed everything needed in ${duration(performance.now() - start)}.\n`);
}
