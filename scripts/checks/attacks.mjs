/** @import { Check } from "./check.ts" */
import { build } from "./build.mjs";
import { vitest } from "./cases/vitest.mjs";
import { engines } from "./e2e.mjs";

/**
 * The attack lab against Strongroom, in each engine.
 *
 * @type {Check[]}
 */
export const attacks = Object.entries(engines).map(([engine, requires]) => ({
  name: `attacks:${engine}`,
  what: `the attacks of tests/attacks on Strongroom, played in ${engine}`,
  requires,
  after: [build.name],
  run: (job) => vitest(job, `attacks-${engine}`, ["--root", "tests", "--project", `${engine}-attacks`]),
}));
