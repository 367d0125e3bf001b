import type { Browser } from "../e2e/engines/browser.js";
import type { Attack } from "./attack.js";
import type { Lab } from "./lab.js";
import { type Outcome, play, playWatching, watches } from "./play.js";
import type { Site } from "./site.js";
import { Stage } from "./stage.js";

export interface Bout {
  browser: Browser;
  lab: Lab;
  site: Site;
  attacks: readonly Attack[];
}

/** All attacks on one victim, in the attacks' order. */
export async function playAll({ browser, lab, site, attacks }: Bout): Promise<Map<Attack, Outcome>> {
  const stage = new Stage(browser, lab, site, attacks);
  const spares = site.spares.map((spare) => new Stage(browser, lab, spare, attacks));
  const applicable = attacks.filter(({ target }) => target === "any" || site.host !== undefined);
  const watching = await playWatching(stage, applicable.filter(watches));
  const outcomes = new Map<Attack, Outcome>();
  for (const attack of attacks) {
    if (!applicable.includes(attack)) {
      outcomes.set(attack, { verdict: "not applicable", why: "goes for what only Strongroom has" });
      continue;
    }
    outcomes.set(
      attack,
      watching.get(attack) ?? (await play(attack.leavesWorkers ? (spares.pop() ?? stage) : stage, attack)),
    );
  }
  return outcomes;
}
