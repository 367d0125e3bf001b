/** @import { Check } from "./check.ts" */
import { npmPackages } from "../setup/npm-packages.mjs";
import { build } from "./build.mjs";
import { vitest } from "./cases/vitest.mjs";

/** @type {Check} */
export const units = {
  name: "units",
  what: "unit tests of the package, the servers and the scripts (vitest)",
  requires: [npmPackages],
  // The demo's host takes its headers from the built package.
  after: [build.name],
  run: (job) => vitest(job, "units", []),
};
