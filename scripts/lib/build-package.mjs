import { wasmBindgen } from "../setup/cargo-tools.mjs";
import { ensure } from "../setup/ensure.mjs";
import { npmPackages } from "../setup/npm-packages.mjs";
import { prerequisites } from "../setup/prerequisites.mjs";
import { rustToolchain } from "../setup/rust-toolchain.mjs";
import { run } from "./commands.mjs";
import { step } from "./steps.mjs";

/** What building the package and the demo requires. */
export const forBuilding = [...prerequisites, npmPackages, rustToolchain, wasmBindgen];

/**
 * Installs what is missing and builds the package `strongroom`.
 *
 * @param {import("../checks/check.ts").Requirement[]} [more] what the caller needs besides
 */
export async function buildPackage(more = []) {
  await ensure([...forBuilding, ...more]);
  await step("Building the package strongroom", (onOutput) =>
    run("node", ["sw-shim/scripts/build.mjs"], { onOutput }),
  );
}
