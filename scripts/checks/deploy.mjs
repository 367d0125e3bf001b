/** @import { Check } from "./check.ts" */
import { join } from "node:path";
import { findProgram } from "../lib/commands.mjs";
import { pythonPackages } from "../setup/python-packages.mjs";

/** Of cfn-lint: other versions know other rules. */
const VERSION = "1.58.0";

/** @type {Check} */
export const deploy = {
  name: "deploy",
  what: "the CloudFormation template, against AWS's schemas and rules (cfn-lint, if Python can install it)",
  requires: [],
  async run(job) {
    const installed = await pythonPackages(job, "cfn-lint", { "cfn-lint": VERSION });
    const linter = installed ? join(installed, "cfn-lint") : findProgram("cfn-lint");
    if (linter === undefined) {
      job.note(
        "the template was NOT looked at by cfn-lint, which Python's pip could not install; `units` has its other tests",
      );
    } else {
      await job.run(linter, ["--template", "deploy/template.yaml", "--regions", "us-east-1", "eu-central-1"]);
    }
  },
};
