/** @import { Requirement } from "../checks/check.ts" */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../lib/commands.mjs";
import { root } from "../lib/paths.mjs";
import { Problem } from "../lib/steps.mjs";

const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/**
 * What the user must install.
 *
 * @type {Requirement[]}
 */
export const prerequisites = [
  {
    name: `Node.js ${engines.node}`,
    isHere: () => isAtLeast(process.versions.node, engines.node.replace(">=", "")),
    install: missing(
      `This is Node.js ${process.version}, but ${engines.node} is required. Install it from https://nodejs.org.`,
    ),
  },
  {
    name: "npm",
    isHere: () => findProgram("npm") !== undefined,
    install: missing("npm was not found. It comes with Node.js: https://nodejs.org."),
  },
  {
    name: "rustup",
    isHere: () => findProgram("rustup") !== undefined && findProgram("cargo") !== undefined,
    install: missing(
      "rustup was not found. It installs the Rust compiler and cargo. Install it from https://rustup.rs and open a new terminal.",
    ),
  },
  {
    name: "a C compiler",
    isHere: () => findProgram("cc") !== undefined,
    install: missing(
      "cc was not found. Rust needs it for linking. Install a C compiler (Debian: apt-get install gcc libc6-dev; macOS: xcode-select --install).",
    ),
  },
];

/**
 * libFuzzer is C++.
 *
 * @type {Requirement}
 */
export const cxxCompiler = {
  name: "a C++ compiler",
  isHere: () => findProgram("c++") !== undefined,
  install: missing(
    "c++ was not found. It is needed to build libFuzzer. Install a C++ compiler (Debian: apt-get install g++; macOS: xcode-select --install).",
  ),
};

/** @param {string} sentence */
function missing(sentence) {
  return async () => {
    throw new Problem(sentence);
  };
}

/**
 * @param {string} version
 * @param {string} minimum
 */
function isAtLeast(version, minimum) {
  return version.localeCompare(minimum, "en", { numeric: true }) >= 0;
}
