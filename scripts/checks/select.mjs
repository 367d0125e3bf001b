/** @import { Check } from "./check.ts" */
import { list } from "./list.mjs";

export const namesOfAllSystems = list.map(({ name }) => name);

/** The checks for this system. */
export const checks = list.filter(runsHere);

/**
 * The checks that names on the command line select, and those that make their input. `e2e` selects all of `e2e:…`.
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
  const found = list.filter((check) => check.name === name || check.name.startsWith(`${name}:`));
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

/** There is no check of this name on this system. */
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
