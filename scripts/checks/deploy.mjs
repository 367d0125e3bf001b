/** @import { Check, Job } from "./check.ts" */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../lib/commands.mjs";
import { tools } from "../lib/paths.mjs";

/** Of cfn-lint: other versions know other rules. */
const VERSION = "1.58.0";

/** @type {Check} */
export const deploy = {
  name: "deploy",
  what: "the CloudFormation template, by AWS's own schemas and rules (cfn-lint, where Python can install it)",
  requires: [],
  async run(job) {
    const linter = (await installed(job)) ?? findProgram("cfn-lint");
    if (linter === undefined) {
      job.note(
        "the template was NOT looked at by cfn-lint, which Python's pip could not install; `units` has its other tests",
      );
    } else {
      await job.run(linter, ["--template", "deploy/template.yaml", "--regions", "us-east-1", "eu-central-1"]);
    }
  },
};

/**
 * cfn-lint in an environment of this checkout's own, or nothing where there is no Python or no network.
 *
 * @param {Job} job
 */
async function installed(job) {
  const environment = join(tools, "cfn-lint");
  const linter = join(environment, "bin", "cfn-lint");
  const found = existsSync(linter) ? (await job.attempt(linter, ["--version"])).output : "";
  if (found.includes(VERSION)) return linter;
  const made = await job.attempt("python3", ["-m", "venv", environment]);
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `cfn-lint==${VERSION}`];
  const python = join(environment, "bin", "python");
  const ok = made.ok && (await job.attempt(python, install, { limit: 300_000 })).ok;
  return ok ? linter : undefined;
}
