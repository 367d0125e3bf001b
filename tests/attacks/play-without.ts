import type { Attack } from "./attack.js";
import type { Defence } from "./defences.js";
import { type Outcome, play } from "./play.js";
import type { Stage } from "./stage.js";

/**
 * Plays attacks on a Strongroom without a defence. The browser has never seen the origin, so its worker runs the changed
 * script. The authorization server knows the user.
 */
export async function playWithout(
  { headers = true, redirectsRefused = true, prelude, config, rewrite }: Defence,
  stage: Stage,
  attacks: readonly Attack[],
): Promise<Map<Attack, Outcome>> {
  const { site } = stage;
  const { host } = site;
  if (!host) throw new Error(`${site.victim.title} has no defences to remove`);
  host.hostHeaders = headers;
  host.redirectsRefused = redirectsRefused;
  host.prelude = prelude?.(stage.facts) ?? "";
  host.config = { ...host.config, ...config };
  site.rewrite = rewrite;
  const outcomes = new Map<Attack, Outcome>();
  for (const attack of attacks) outcomes.set(attack, await play(stage, attack));
  return outcomes;
}
