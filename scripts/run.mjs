// `npm start`, `npm run attacks`, `bench`, `docs`, `setup` and `simulate`: installs what is missing, builds, and runs the program.
import { cpSync } from "node:fs";
import { join } from "node:path";
import { buildPackage } from "./lib/build-package.mjs";
import { become, run, stopCommandsOnSignals } from "./lib/commands.mjs";
import { root } from "./lib/paths.mjs";
import { Problem, script, step } from "./lib/steps.mjs";
import { chromium, firefox, webkit } from "./setup/browsers.mjs";
import { geckodriver } from "./setup/cargo-tools.mjs";
import { ensure, everything } from "./setup/ensure.mjs";
import { npmPackages } from "./setup/npm-packages.mjs";
import { prerequisites } from "./setup/prerequisites.mjs";
import { rustToolchain } from "./setup/rust-toolchain.mjs";

const [name = "", ...args] = process.argv.slice(2);

/** @type {Record<string, () => Promise<void>>} */
const programs = {
  /** Installs what this checkout needs and the machine lacks, as all other programs and `npm test` do. */
  setup: () => ensure(everything),

  /** The demo with its local servers. */
  async start() {
    await buildPackage();
    await command("Building the demo", "vite", ["build"], join(root, "demo-spa"));
    typescript("demo-spa/servers/main.ts");
  },

  /** The attack lab with all victims; writes docs/attacks.md. */
  async attacks() {
    await buildPackage([chromium, firefox, geckodriver, webkit]);
    typescript("tests/attacks/run.ts");
  },

  /** The benchmark, in Chromium. `--rounds 2` is quicker; `--out docs` writes docs/benchmarks.md with its plots. */
  async bench() {
    await buildPackage([chromium]);
    typescript("tests/bench/run.ts");
  },

  /** A day of a million sessions, for docs/scale.md. `--sessions 50000 --out <directory>` is a quick look. */
  async simulate() {
    await ensure([...prerequisites, rustToolchain]);
    const options = ["--quiet", "--locked", "--profile", "simulation", "--package", "strongroom-simulate"];
    replaceWith("cargo", ["run", ...options, "--", ...args]);
  },

  /** The documentation site; with `--rust` also the documentation of crate/core. Set DOCS_BASE=/strongroom/ to serve it from a folder. */
  async docs() {
    const withRust = args.includes("--rust");
    await ensure(withRust ? [...prerequisites, npmPackages, rustToolchain] : [npmPackages]);
    await command("Building the site", "npm", ["run", "build", "--workspace", "site"]);
    if (withRust) {
      const crate = ["--package", "strongroom-core", "--no-deps", "--document-private-items"];
      await command("Documenting crate/core", "cargo", ["doc", ...crate]);
      cpSync(join(root, "target/doc"), join(root, "site/dist/rust"), { recursive: true });
    }
    console.log(`\n  The site is in ${join("site", "dist")}. To open it, run: npx vitepress preview site\n`);
  },
};

const leaveSignals = stopCommandsOnSignals();
await script(async () => {
  const program = programs[name];
  if (!program)
    throw new Problem(`Unknown program "${name}". Use one of: ${Object.keys(programs).join(", ")}.`);
  await program();
});

/**
 * @param {string} title
 * @param {string} program
 * @param {string[]} args
 * @param {string} [cwd]
 */
function command(title, program, args, cwd = root) {
  return step(title, (onOutput) => run(program, args, { cwd, onOutput }));
}

/** @param {string} file */
function typescript(file) {
  replaceWith(process.execPath, ["--import", "tsx", file, ...args]);
}

/**
 * @param {string} program
 * @param {string[]} args
 */
function replaceWith(program, args) {
  leaveSignals();
  become(program, args);
}
