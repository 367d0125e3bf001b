/** @import { Check } from "./check.ts" */
import { npmPackages } from "../setup/npm-packages.mjs";
import { build } from "./build.mjs";
import { vitest } from "./cases/vitest.mjs";

/** @type {Check} */
export const packaging = {
  name: "package",
  what: "the package as npm packs it: publint, attw, installed in an empty folder, each export imported",
  requires: [npmPackages],
  after: [build.name],
  run: (job) => vitest(job, "package", ["--root", "sw-shim/packaging"]),
};
