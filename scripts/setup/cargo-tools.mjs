/** @import { Requirement } from "../checks/check.ts" */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, run } from "../lib/commands.mjs";
import { root, tools } from "../lib/paths.mjs";
import { step } from "../lib/steps.mjs";

/** Makes the JavaScript around the wasm, and runs tests in a browser. It and the crate have to be of one version. */
export const wasmBindgen = cargoTool({
  crate: "wasm-bindgen-cli",
  program: "wasm-bindgen",
  version: pinnedInCargoToml("wasm-bindgen"),
  // Its published lock file names a version that was withdrawn.
  locked: false,
});

/** Drives Firefox. */
export const geckodriver = cargoTool({ crate: "geckodriver", version: "0.37.1" });

/** Checks the licences and sources of crates. */
export const cargoDeny = cargoTool({ crate: "cargo-deny", version: "0.20.2" });

/** Builds and runs the fuzz targets. */
export const cargoFuzz = cargoTool({ crate: "cargo-fuzz", version: "0.13.2" });

/** These tools run for seconds and compile for minutes, half of which would be optimization. */
const quickly = {
  CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
  CARGO_PROFILE_RELEASE_LTO: "off",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
};

/**
 * A program from crates.io in exactly this version: the machine's, or one compiled into `.tools`.
 *
 * @param {{ crate: string; program?: string; version: string; locked?: boolean }} tool
 * @returns {Requirement}
 */
function cargoTool({ crate, program = crate, version, locked = true }) {
  const name = `${program} ${version}`;
  return {
    name,

    async isHere() {
      if (findProgram(program) === undefined) return false;
      const { output } = await run(program, ["--version"]);
      return output.split(/\s/).includes(version);
    },

    install: () =>
      step(`Installing ${name} into .tools (compiles for a minute or two)`, (onOutput) =>
        run("cargo", ["install", `${crate}@${version}`, "--root", tools, ...(locked ? ["--locked"] : [])], {
          env: quickly,
          onOutput,
        }),
      ),
  };
}

/** @param {string} crate */
function pinnedInCargoToml(crate) {
  const version = readFileSync(join(root, "Cargo.toml"), "utf8").match(
    new RegExp(`^${crate} *= *"=([^"]+)"`, "m"),
  )?.[1];
  if (version === undefined) throw new Error(`Cargo.toml does not pin ${crate} as "=x.y.z".`);
  return version;
}
