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
 * The same in each engine, in a process and with a browser of its own.
 *
 * @param {string} name
 * @param {string} suffix of the projects
 * @param {string} what
 */
function inEachEngine(name, suffix, what) {
  return Object.entries(engines).map(([engine, browser]) =>
    played(`${name}:${engine}`, engine + suffix, `${what}, played in ${engine}`, browser),
  );
}

const SCENARIOS = "the scenarios of tests/e2e, against the demo and its servers";

/** @type {Check[]} */
export const endToEnd = [
  ...inEachEngine("session", "-session", "how a session lives and ends: tests/e2e/session").map((check) => ({
    ...check,
    // The other two take nine minutes more.
    onlyByName: check.name !== "session:chromium",
  })),
  played(
    "memory",
    "memory",
    "what of the tokens is in memory, in chromium, and on disk, in chromium and firefox: tests/memory",
    [...engines.chromium, ...engines.firefox],
  ),
  played(
    "examples",
    "chromium-examples",
    "the packed package in examples/, each built by its own tool and played in chromium, and in the Vites it supports",
    engines.chromium,
  ),
  ...inEachEngine(
    "packed",
    "-packed",
    "the packed package in a throw-away app, on plain HTTP servers",
  ).filter(({ name }) => name !== "packed:webkit"),
  ...inEachEngine("e2e", "", SCENARIOS),
  {
    ...played("e2e:safari", "safari", `${SCENARIOS}, played in Safari`, [safari]),
    platform: "darwin",
  },
];

/**
 * The attack lab. It takes minutes, and joins the others when it comes to its end in WebKitGTK too.
 *
 * @type {Check[]}
 */
export const attackLab = [
  ...inEachEngine("attacks", "-attacks", "the attacks of tests/attacks on Strongroom"),
  played(
    "attacks:defences",
    "*-defences",
    "that attacks succeed once a defence is taken away: tests/attacks, in chromium and firefox",
    [...engines.chromium, ...engines.firefox],
  ),
].map((check) => ({ ...check, onlyByName: true }));
