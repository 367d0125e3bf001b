// `npm start` builds and starts the demo, also in a fresh clone.
import { join } from "node:path";
import { buildPackage } from "./lib/build-package.mjs";
import { become, run, stopCommandsOnSignals } from "./lib/commands.mjs";
import { root } from "./lib/paths.mjs";
import { script, step } from "./lib/steps.mjs";

const leaveSignals = stopCommandsOnSignals();
await script(async () => {
  await buildPackage();
  await step("Building the demo", (onOutput) =>
    run("vite", ["build"], { cwd: join(root, "demo-spa"), onOutput }),
  );
  leaveSignals();
  become(process.execPath, ["--import", "tsx", "demo-spa/servers/main.ts"]);
});
