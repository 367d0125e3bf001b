/** @import { Check } from "./check.ts" */
import { npmPackages } from "../setup/npm-packages.mjs";
import { build } from "./build.mjs";
import { filesInGit } from "./files-in-git.mjs";

/** @type {Check} */
export const types = {
  name: "types",
  what: "every TypeScript project (tsc)",
  requires: [npmPackages],
  // The demo sees the package as an application does, by its built declarations.
  after: [build.name],
  async run(job) {
    for (const project of await filesInGit("*tsconfig.json")) {
      await job.run("tsc", ["--noEmit", "--project", project]);
    }
  },
};
