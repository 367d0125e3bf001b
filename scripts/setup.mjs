// `npm run setup` installs what this checkout needs and the machine lacks. `npm start` and `npm test` do so too.
import { stopCommandsOnSignals } from "./lib/commands.mjs";
import { script } from "./lib/steps.mjs";
import { ensure, everything } from "./setup/ensure.mjs";

stopCommandsOnSignals();
await script(() => ensure(everything));
