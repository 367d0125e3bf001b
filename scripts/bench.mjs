// `npm run bench`: what the vault costs beside others, measured in Chromium. `npm run bench -- --rounds 2` is quicker, and
// `npm run bench -- --out docs` writes docs/benchmarks.md with its plots.
import { buildPackage } from "./lib/build-package.mjs";
import { become, stopCommandsOnSignals } from "./lib/commands.mjs";
import { script } from "./lib/steps.mjs";
import { chromium } from "./setup/browsers.mjs";

const leaveSignals = stopCommandsOnSignals();
await script(async () => {
  await buildPackage([chromium]);
  leaveSignals();
  become(process.execPath, ["--import", "tsx", "tests/bench/run.ts", ...process.argv.slice(2)]);
});
