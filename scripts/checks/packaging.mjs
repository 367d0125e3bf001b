/** @import { Check } from "./check.ts" */
import { npmPackages } from "../setup/npm-packages.mjs";
import { build } from "./build.mjs";
import { vitest } from "./cases/vitest.mjs";

/** @type {Check} */
export const packaging = {
  name: "package",
  what: "both packages as npm packs them: publint, attw, installation, every export, the local provider",
  requires: [npmPackages],
  after: [build.name],
  run: (job) => vitest(job, "package", ["--root", "sw-shim/packaging"]),
};
