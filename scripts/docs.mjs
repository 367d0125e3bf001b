// `npm run docs` builds the documentation site in site/dist; with `-- --rust` also the documentation of crate/core. Set
// DOCS_BASE=/strongroom/ if the host serves the site from a folder.
import { cpSync } from "node:fs";
import { join } from "node:path";
import { run, stopCommandsOnSignals } from "./lib/commands.mjs";
import { root } from "./lib/paths.mjs";
import { script, step } from "./lib/steps.mjs";
import { ensure } from "./setup/ensure.mjs";
import { npmPackages } from "./setup/npm-packages.mjs";
import { prerequisites } from "./setup/prerequisites.mjs";
import { rustToolchain } from "./setup/rust-toolchain.mjs";

const withRust = process.argv.includes("--rust");

stopCommandsOnSignals();
await script(async () => {
  await ensure(withRust ? [...prerequisites, npmPackages, rustToolchain] : [npmPackages]);
  await step("Building the site", (onOutput) =>
    run("npm", ["run", "build", "--workspace", "site"], { onOutput }),
  );
  if (withRust) {
    const crate = ["--package", "strongroom-core", "--no-deps", "--document-private-items"];
    await step("Documenting crate/core", (onOutput) => run("cargo", ["doc", ...crate], { onOutput }));
    cpSync(join(root, "target/doc"), join(root, "site/dist/rust"), { recursive: true });
  }
  console.log(`\n  The site is in ${join("site", "dist")}. To open it, run: npx vitepress preview site\n`);
});
