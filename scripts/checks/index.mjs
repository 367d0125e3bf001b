/** @import { Check } from "./check.ts" */
import { budgets } from "./budgets.mjs";
import { build } from "./build.mjs";
import { core } from "./core.mjs";
import { deny } from "./deny.mjs";
import { deploy } from "./deploy.mjs";
import { docs } from "./docs.mjs";
import { attackLab, endToEnd } from "./e2e.mjs";
import { edge } from "./edge.mjs";
import { emulator } from "./emulator.mjs";
import { format } from "./format.mjs";
import { fuzz } from "./fuzz.mjs";
import { lint } from "./lint.mjs";
import { packaging } from "./packaging.mjs";
import { reproducible } from "./reproducible.mjs";
import { types } from "./types.mjs";
import { units } from "./units.mjs";

/**
 * The checks of every system, in the order in which they are begun: what others wait for, then what takes longest, then the short ones,
 * which fill the gaps.
 *
 * @type {Check[]}
 */
const ofEverySystem = [
  format,
  build,
  core,
  types,
  ...endToEnd,
  emulator,
  units,
  packaging,
  docs,
  budgets,
  lint,
  reproducible,
  deploy,
  edge,
  deny,
  ...attackLab,
  fuzz,
];

export const namesOfAllSystems = ofEverySystem.map(({ name }) => name);

/** Those of this system. */
export const checks = ofEverySystem.filter(runsHere);

/**
 * The checks meant by names on the command line, and those they come after. `e2e` means all of `e2e:…`.
 *
 * @param {string[]} names none for all but those that are `onlyByName`
 * @returns {Check[]}
 */
export function select(names) {
  if (names.length === 0) return checks.filter((check) => !check.onlyByName);
  const wanted = new Set(names.flatMap(named));
  for (const check of wanted) for (const before of (check.after ?? []).flatMap(named)) wanted.add(before);
  return checks.filter((check) => wanted.has(check));
}

/** @param {string} name */
function named(name) {
  const found = ofEverySystem.filter((check) => check.name === name || check.name.startsWith(`${name}:`));
  if (found.length === 0) throw new UnknownCheck(name);
  const here = found.filter(runsHere);
  const [elsewhere] = found;
  if (here.length === 0 && elsewhere) throw new CheckOfAnotherSystem(elsewhere);
  return here;
}

/** @param {Check} check */
function runsHere({ platform }) {
  return platform === undefined || platform === process.platform;
}

/** No check can be run by this name here. */
export class UnavailableCheck extends Error {}

class UnknownCheck extends UnavailableCheck {
  /** @param {string} name */
  constructor(name) {
    super(`Unknown check "${name}". Use one of: ${checks.map((check) => check.name).join(", ")}.`);
  }
}

class CheckOfAnotherSystem extends UnavailableCheck {
  /** @param {Check} check */
  constructor({ name, platform }) {
    const system = platform === "darwin" ? "macOS" : platform;
    super(`The check "${name}" runs only on ${system}. Run it there, or use the workflow "test".`);
  }
}
