/** @import { Check } from "./check.ts" */
import { build } from "./build.mjs";
import { vitest } from "./cases/vitest.mjs";
import { engines } from "./e2e.mjs";

/** @type {Check[]} */
const onStrongroom = Object.entries(engines).map(([engine, requires]) => ({
  name: `attacks:${engine}`,
  what: `the attacks of tests/attacks on Strongroom, played in ${engine}`,
  requires,
  after: [build.name],
  run: (job) => vitest(job, `attacks-${engine}`, ["--root", "tests", "--project", `${engine}-attacks`]),
}));

/** @type {Check} */
const withoutDefences = {
  name: "attacks:defences",
  what: "the same attacks on a Strongroom that lacks a defence, played in chromium: they must succeed",
  requires: engines.chromium,
  after: [build.name],
  run: (job) => vitest(job, "attacks-defences", ["--root", "tests", "--project", "chromium-defences"]),
};

/** The attack lab. */
export const attacks = [...onStrongroom, withoutDefences];
