/** @import { Check } from "./check.ts" */
import { npmPackages } from "../setup/npm-packages.mjs";
import { prerequisites } from "../setup/prerequisites.mjs";
import { rustToolchain } from "../setup/rust-toolchain.mjs";

/** @type {Check} */
export const format = {
  name: "format",
  what: "formatting of Rust (rustfmt) and everything else (biome); `npm run format` fixes it",
  requires: [...prerequisites, npmPackages, rustToolchain],
  async run(job) {
    await job.run("cargo", ["fmt", "--all", "--check"]);
    await job.run("cargo", ["fmt", "--manifest-path", "crate/fuzz/Cargo.toml", "--check"]);
    await job.run("biome", ["check", "--linter-enabled=false"]);
  },
};
