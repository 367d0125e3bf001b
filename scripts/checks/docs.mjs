/** @import { Check } from "./check.ts" */
import { npmPackages } from "../setup/npm-packages.mjs";
import { build } from "./build.mjs";
import { vitest } from "./cases/vitest.mjs";
import { filesInGit } from "./files-in-git.mjs";

/** The repository that the documents link to. */
const REPOSITORY = "strongroom/strongroom";

/** @type {Check} */
export const docs = {
  name: "docs",
  what: "links and anchors of the documents on GitHub and on the site, types of their code, the README's app",
  requires: [npmPackages],
  // Code in the documents is compiled against the built package.
  after: [build.name],
  async run(job) {
    const links = `remark-validate-links=repository:"${REPOSITORY}"`;
    await job.run("remark", [
      "--quiet",
      "--frail",
      "--no-stdout",
      "--use",
      links,
      ...(await filesInGit("*.md")),
    ]);
    await job.run("npm", ["run", "--silent", "build", "--workspace", "site"]);
    return vitest(job, "docs", ["--root", "site"]);
  },
};
