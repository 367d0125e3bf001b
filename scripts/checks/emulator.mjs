/** @import { Check } from "./check.ts" */
import { chromium } from "../setup/browsers.mjs";
import { npmPackages } from "../setup/npm-packages.mjs";
import { pythonPackages } from "../setup/python-packages.mjs";
import { build } from "./build.mjs";
import { vitest } from "./cases/vitest.mjs";

/** `cryptography` gives the emulator's user pools keys to sign with. `awscli` is the command line interface, version 1. */
const PACKAGES = { ministack: "1.5.33", awscli: "1.46.3", cryptography: "50.0.2" };

/** @type {Check} */
export const emulator = {
  name: "emulator",
  what: "the CloudFormation template in an emulator of AWS, with a sign-in in chromium: tests/emulator",
  requires: [chromium, npmPackages],
  after: [build.name],
  async run(job) {
    if ((await pythonPackages(job, "emulator", PACKAGES)) === undefined) {
      job.fail(
        "The emulator of AWS could not be installed from PyPI. It needs Python 3.10 or newer with venv and pip (Debian: python3-venv) and the network; all other checks go without it.",
      );
      return undefined;
    }
    return await vitest(job, "emulator", ["--root", "tests", "--project", "emulator"]);
  },
};
