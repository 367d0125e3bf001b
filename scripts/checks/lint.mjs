/** @import { Check } from "./check.ts" */
import { npmPackages } from "../setup/npm-packages.mjs";
import { prerequisites } from "../setup/prerequisites.mjs";
import { rustToolchain } from "../setup/rust-toolchain.mjs";

/** @type {Check} */
export const lint = {
  name: "lint",
  what: "clippy (native and wasm), biome, actionlint, and the import rules; warnings fail",
  requires: [...prerequisites, npmPackages, rustToolchain],
  usesCargo: true,
  async run(job) {
    await job.run("biome", ["lint", "--error-on-warnings"]);
    await job.run("node", ["scripts/lint/workflows.mjs"]);
    await job.run("node", ["scripts/lint/rooms.mjs"]);
    await job.run("cargo", clippy("--workspace"));
    await job.run("cargo", clippy("--package", "strongroom-wasm", "--target", "wasm32-unknown-unknown"));
  },
};

/** @param {string[]} scope */
function clippy(...scope) {
  return ["clippy", "--quiet", "--locked", "--all-targets", ...scope, "--", "-D", "warnings"];
}
