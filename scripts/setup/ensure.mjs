/** @import { Requirement } from "./requirement.ts" */
import { duration } from "../lib/duration.mjs";
import { Problem } from "../lib/steps.mjs";
import { chromium, firefox, safari, webkit } from "./browsers.mjs";
import { cargoDeny, cargoFuzz, geckodriver, wasmBindgen, wasmPack } from "./cargo-tools.mjs";
import { npmPackages } from "./npm-packages.mjs";
import { cxxCompiler, prerequisites } from "./prerequisites.mjs";
import { rustToolchain } from "./rust-toolchain.mjs";

/** All but what a check that runs only by its name needs. In the order of installing: what a person may have to do comes before what takes minutes. */
export const everything = [
  ...prerequisites,
  chromium,
  firefox,
  webkit,
  npmPackages,
  rustToolchain,
  wasmBindgen,
  wasmPack,
  geckodriver,
  cargoDeny,
];

const inOrder = [cxxCompiler, safari, ...everything, cargoFuzz];

/**
 * Installs those that are missing, and says nothing when none is.
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
      throw new Problem(`${requirement.name} was installed, and still is not found.`);
    }
    installed += 1;
  }
  if (installed > 0) console.log(`Everything needed is here now (${duration(performance.now() - start)}).\n`);
}
