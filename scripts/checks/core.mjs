/** @import { Check } from "./check.ts" */
import { prerequisites } from "../setup/prerequisites.mjs";
import { rustToolchain } from "../setup/rust-toolchain.mjs";
import { casesOfLibtest } from "./cases/libtest.mjs";

/** @type {Check} */
export const core = {
  name: "core",
  what: "the native Rust tests of crate/core and the rest of the workspace (cargo test)",
  requires: [...prerequisites, rustToolchain],
  usesCargo: true,
  async run(job) {
    const { output } = await job.run("cargo", ["test", "--locked", "--workspace", "--no-fail-fast"]);
    return casesOfLibtest(output);
  },
};
