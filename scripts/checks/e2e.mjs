/** @import { Check } from "./check.ts" */
import { chromium, firefox, webkit } from "../setup/browsers.mjs";
import { geckodriver } from "../setup/cargo-tools.mjs";
import { npmPackages } from "../setup/npm-packages.mjs";
import { build } from "./build.mjs";
import { vitest } from "./cases/vitest.mjs";

const engines = {
  chromium: [chromium],
  firefox: [firefox, geckodriver],
  webkit: [webkit],
};

/**
 * The same scenarios in each engine, in a process and with a browser of its own.
 *
 * @type {Check[]}
 */
export const endToEnd = Object.entries(engines).map(([engine, browser]) => ({
  name: `e2e:${engine}`,
  what: `the scenarios of tests/e2e, played in ${engine} against the demo and its servers`,
  requires: [...browser, npmPackages],
  after: [build.name],
  run: (job) => vitest(job, `e2e-${engine}`, ["--root", "tests", "--project", engine]),
}));
