/** @import { Check } from "./check.ts" */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { artifacts } from "../lib/paths.mjs";
import { cargoFuzz } from "../setup/cargo-tools.mjs";
import { cxxCompiler, prerequisites } from "../setup/prerequisites.mjs";
import { rustToolchain } from "../setup/rust-toolchain.mjs";
import { factsOfLibfuzzer } from "./cases.mjs";

/** For each target. */
const SECONDS = 60;

const folder = "crate/fuzz";

/** The seeds of `crate/fuzz/seeds`, a file each. */
const seeds = join(artifacts, "fuzz-seeds");

/** @type {Check} */
export const fuzz = {
  name: "fuzz",
  what: `libFuzzer on the invariants of crate/invariants, ${SECONDS} s each (cargo-fuzz)`,
  onlyByName: true,
  requires: [...prerequisites, cxxCompiler, rustToolchain, cargoFuzz],
  usesCargo: true,
  async run(job) {
    // cargo-fuzz has no such flag: what is not in the lock file must not be built.
    await job.run("cargo", ["fetch", "--locked", "--manifest-path", `${folder}/Cargo.toml`]);
    rmSync(seeds, { recursive: true, force: true });
    const example = ["--package", "strongroom-invariants", "--example", "write-seeds"];
    if (!(await job.run("cargo", ["run", "--locked", ...example, "--", seeds])).ok) return undefined;
    const cases = { passed: 0, failed: 0, skipped: 0 };
    for (const target of readdirSync(seeds)) {
      const held = await job.attempt("cargo", ["fuzz", "run", ...options(target)], {
        // Coverage and sanitizers are compiler flags that only nightly has by itself; the compiler stays the pinned one.
        env: { RUSTC_BOOTSTRAP: "1" },
      });
      cases[held.ok ? "passed" : "failed"] += 1;
      const { executions, edges, found } = factsOfLibfuzzer(held.output);
      job.note(
        `${target}: ${executions} executions, ${edges} edges covered${found ? `, found ${found}` : ""}`,
      );
    }
    return cases;
  },
};

/**
 * Inputs that libFuzzer finds go into `tests/artifacts/fuzz`.
 *
 * @param {string} target
 */
function options(target) {
  const found = join(artifacts, "fuzz", target);
  mkdirSync(found, { recursive: true });
  return [
    ...["--fuzz-dir", folder, target, found, join(seeds, target), "--"],
    ...["-jobs=0", `-max_total_time=${SECONDS}`, "-max_len=4096", "-timeout=10", "-print_final_stats=1"],
    `-dict=${folder}/dictionaries/${target}.dict`,
  ];
}
