/** @import { Check } from "./check.ts" */
import { join } from "node:path";
import { forBuilding } from "../lib/build-package.mjs";
import { root } from "../lib/paths.mjs";

/** @type {Check} */
export const build = {
  name: "build",
  what: "the packages strongroom (with wasm) and strongroom-dev-provider, and the demo build",
  requires: forBuilding,
  async run(job) {
    const built = await job.run("node", ["sw-shim/scripts/build.mjs"]);
    if (built.ok) await job.run("node", ["dev-provider/scripts/build.mjs"]);
    if (built.ok) await job.run("vite", ["build"], { cwd: join(root, "demo-spa") });
  },
};
