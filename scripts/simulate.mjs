// `npm run simulate`: a day of a million sessions and what they ask of the token endpoint, into docs/scale.md. Takes
// about three minutes on two free cores. `npm run simulate -- --sessions 50000 --out <directory>` is a quick look.
import { become, stopCommandsOnSignals } from "./lib/commands.mjs";
import { script } from "./lib/steps.mjs";
import { ensure } from "./setup/ensure.mjs";
import { prerequisites } from "./setup/prerequisites.mjs";
import { rustToolchain } from "./setup/rust-toolchain.mjs";

const leaveSignals = stopCommandsOnSignals();
await script(async () => {
  await ensure([...prerequisites, rustToolchain]);
  leaveSignals();
  const run = ["run", "--quiet", "--locked", "--profile", "simulation", "--package", "strongroom-simulate"];
  become("cargo", [...run, "--", ...process.argv.slice(2)]);
});
