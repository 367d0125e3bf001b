/** @import { Check } from "./check.ts" */
import { chromium, firefox, webkit } from "../setup/browsers.mjs";
import { geckodriver } from "../setup/cargo-tools.mjs";
import { npmPackages } from "../setup/npm-packages.mjs";
import { build } from "./build.mjs";
import { vitest } from "./cases/vitest.mjs";

/** What each engine's tests need. */
export const engines = {
  chromium: [chromium, npmPackages],
  firefox: [firefox, geckodriver, npmPackages],
  webkit: [webkit, npmPackages],
};

/**
 * @param {string} scenarios
 * @param {(engine: string) => string} project of tests/vitest.config.ts
 * @param {string} what
 * @returns {Check[]}
 */
function inEachEngine(scenarios, project, what) {
  return Object.entries(engines).map(([engine, requires]) => ({
    name: `${scenarios}:${engine}`,
    what: `${what}, played in ${engine}`,
    requires,
    after: [build.name],
    run: (job) => vitest(job, `${scenarios}-${engine}`, ["--root", "tests", "--project", project(engine)]),
  }));
}

/**
 * The same scenarios in each engine, in a process and with a browser of its own.
 *
 * @type {Check[]}
 */
export const endToEnd = [
  ...inEachEngine(
    "session",
    (engine) => `${engine}-session`,
    "how a session lives and ends: tests/e2e/session",
  ),
  ...inEachEngine("attacks", (engine) => `${engine}-attacks`, "the attacks of tests/attacks on Strongroom"),
  ...inEachEngine("e2e", (engine) => engine, "the scenarios of tests/e2e, against the demo and its servers"),
];
