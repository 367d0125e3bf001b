/** @import { Check } from "./check.ts" */
import { cargoDeny } from "../setup/cargo-tools.mjs";
import { prerequisites } from "../setup/prerequisites.mjs";
import { rustToolchain } from "../setup/rust-toolchain.mjs";

/** @type {Check} */
export const deny = {
  name: "deny",
  what: "licences, sources, versions and, with a network, known vulnerabilities of crates (cargo-deny)",
  requires: [...prerequisites, rustToolchain, cargoDeny],
  async run(job) {
    await job.run("cargo", ["deny", "--locked", "check", "bans", "licenses", "sources"]);
    const database = await job.attempt("cargo", ["deny", "fetch", "db"], { limit: 60_000 });
    if (database.ok) {
      await job.run("cargo", ["deny", "--locked", "check", "advisories"]);
    } else {
      job.note(
        "known vulnerabilities were NOT looked up: the RustSec advisory database could not be fetched",
      );
    }
  },
};
