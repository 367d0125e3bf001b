/** @import { Requirement } from "../checks/check.ts" */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../lib/commands.mjs";
import { root } from "../lib/paths.mjs";
import { step } from "../lib/steps.mjs";

const file = readFileSync(join(root, "rust-toolchain.toml"), "utf8");
const [channel] = listed("channel");

/**
 * The compiler of rust-toolchain.toml with all the components and targets named there. rustup would install it at the
 * first use, but without output, and not if RUSTUP_AUTO_INSTALL is off.
 *
 * @type {Requirement}
 */
export const rustToolchain = {
  name: `Rust ${channel}`,

  async isHere() {
    const { ok, output } = await run("rustup", [
      "component",
      "list",
      "--installed",
      "--toolchain",
      `${channel}`,
    ]);
    const installed = output.split("\n");
    const wanted = [...listed("components"), ...listed("targets").map((target) => `rust-std-${target}`)];
    return ok && wanted.every((name) => installed.some((component) => component.startsWith(name)));
  },

  install: () =>
    step(`Installing Rust ${channel} with the components and targets of rust-toolchain.toml`, (onOutput) =>
      run("rustup", ["toolchain", "install"], { onOutput }),
    ),
};

/**
 * The strings of one key of rust-toolchain.toml.
 *
 * @param {string} key
 */
function listed(key) {
  const value = file.match(new RegExp(`^${key} *= *(.*)$`, "m"))?.[1] ?? "";
  return Array.from(value.matchAll(/"([^"]*)"/g), ([, text = ""]) => text);
}
