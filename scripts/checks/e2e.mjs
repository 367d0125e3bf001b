/** @import { Check } from "./check.ts" */
import { chromium, firefox, safari, webkit } from "../setup/browsers.mjs";
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
 * @param {string} name
 * @param {string} project of tests/vitest.config.ts
 * @param {string} what
 * @param {Check["requires"]} browser
 * @returns {Check}
 */
function played(name, project, what, browser) {
  return {
    name,
    what,
    requires: [...browser, npmPackages],
    after: [build.name],
    run: (job) => vitest(job, name.replace(":", "-"), ["--root", "tests", "--project", project]),
  };
}

/**
 * The same check in each engine, each in its own process and browser.
 *
 * @param {string} name
 * @param {string} suffix of the projects
 * @param {string} what
 */
function inEachEngine(name, suffix, what) {
  return Object.entries(engines).map(([engine, browser]) =>
    played(`${name}:${engine}`, engine + suffix, `${what}, in ${engine}`, browser),
  );
}

const SCENARIOS = "the scenarios of tests/e2e";

/** @type {Check[]} */
export const endToEnd = [
  ...inEachEngine("session", "-session", "how a session lives and ends: tests/e2e/session").map((check) => ({
    ...check,
    // The other two engines take nine more minutes.
    onlyByName: check.name !== "session:chromium",
  })),
  played("memory", "memory", "tokens in memory (chromium) and on disk (chromium, firefox): tests/memory", [
    ...engines.chromium,
    ...engines.firefox,
  ]),
  played(
    "examples",
    "chromium-examples",
    "the packed package in each app of examples/, in chromium, and the plugin in all supported versions of Vite",
    engines.chromium,
  ),
  ...inEachEngine(
    "packed",
    "-packed",
    "the packed package in a throw-away app, on plain HTTP servers",
  ).filter(({ name }) => name !== "packed:webkit"),
  ...inEachEngine("e2e", "", SCENARIOS),
  {
    ...played("e2e:safari", "safari", `${SCENARIOS}, in Safari`, [safari]),
    platform: "darwin",
  },
];

/**
 * The attack lab. It takes minutes, so it runs only by name.
 *
 * @type {Check[]}
 */
export const attackLab = [
  ...inEachEngine("attacks", "-attacks", "the attacks of tests/attacks against Strongroom"),
  played(
    "attacks:defences",
    "*-defences",
    "that attacks succeed without the defence against them, in chromium and firefox",
    [...engines.chromium, ...engines.firefox],
  ),
].map((check) => ({ ...check, onlyByName: true }));
