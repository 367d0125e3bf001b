/** @import { Check } from "./check.ts" */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../lib/commands.mjs";
import { artifacts, root } from "../lib/paths.mjs";
import { chromium } from "../setup/browsers.mjs";
import { wasmBindgen, wasmPack } from "../setup/cargo-tools.mjs";
import { npmPackages } from "../setup/npm-packages.mjs";
import { prerequisites } from "../setup/prerequisites.mjs";
import { rustToolchain } from "../setup/rust-toolchain.mjs";
import { casesOfLibtest } from "./cases/libtest.mjs";

/** @type {Check} */
export const edge = {
  name: "edge",
  what: "the tests of crate/wasm, inside a service worker of Chromium (wasm-pack test)",
  requires: [...prerequisites, chromium, npmPackages, rustToolchain, wasmBindgen, wasmPack],
  usesCargo: true,
  async run(job) {
    const { output } = await job.run(
      "wasm-pack",
      [
        "test",
        "--headless",
        "--chrome",
        "--chromedriver",
        `${findProgram("chromedriver")}`,
        "crate/wasm",
        "--locked",
      ],
      // All tests are one run to the runner, and a busy machine needs more than its twenty seconds for that.
      { env: { WASM_BINDGEN_TEST_WEBDRIVER_JSON: capabilities(), WASM_BINDGEN_TEST_TIMEOUT: "120" } },
    );
    return casesOfLibtest(output);
  },
};

/** The file that says how Chromium is started: the one beside the tests, unless Chromium's sandbox cannot start. */
function capabilities() {
  const file = join(root, "crate", "wasm", "webdriver.json");
  if (process.getuid?.() !== 0) return file;
  const forRoot = JSON.parse(readFileSync(file, "utf8"));
  forRoot["goog:chromeOptions"].args.push("--no-sandbox");
  mkdirSync(artifacts, { recursive: true });
  const copy = join(artifacts, "webdriver.json");
  writeFileSync(copy, JSON.stringify(forRoot));
  return copy;
}
