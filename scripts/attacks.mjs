// `npm run attacks`: the attack lab, with everybody's victims, and the scoreboard in docs/attacks.md.
import { buildPackage } from "./lib/build-package.mjs";
import { become, stopCommandsOnSignals } from "./lib/commands.mjs";
import { script } from "./lib/steps.mjs";
import { chromium, firefox, webkit } from "./setup/browsers.mjs";
import { geckodriver } from "./setup/cargo-tools.mjs";

const leaveSignals = stopCommandsOnSignals();
await script(async () => {
  await buildPackage([chromium, firefox, geckodriver, webkit]);
  leaveSignals();
  become(process.execPath, ["--import", "tsx", "tests/attacks/run.ts", ...process.argv.slice(2)]);
});
