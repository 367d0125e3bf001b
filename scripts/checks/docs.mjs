/** @import { Check } from "./check.ts" */
import { npmPackages } from "../setup/npm-packages.mjs";
import { build } from "./build.mjs";
import { vitest } from "./cases/vitest.mjs";
import { filesInGit } from "./files-in-git.mjs";

/** Where links to this repository's own files, and those of the site to GitHub, lead. */
const REPOSITORY = "strongroom/strongroom";

/** @type {Check} */
export const docs = {
  name: "docs",
  what: "the documents: links, anchors included, on GitHub and on the site made from them; types of their code; the README's app",
  requires: [npmPackages],
  // Code in the documents is compiled against the package that readers install.
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
