import type { Browser } from "../e2e/engines/browser.js";
import type { Attack } from "./attack.js";
import type { Lab } from "./lab.js";
import { type Outcome, play, playTogether, playWatching, sharesPage, watches } from "./play.js";
import type { Site } from "./site.js";
import { Stage } from "./stage.js";

export interface Bout {
  browser: Browser;
  lab: Lab;
  site: Site;
  attacks: readonly Attack[];
  /** Called at the start of each attack that is played by itself. */
  progress?: (attack: Attack) => void;
}

/** All attacks on one victim, in the attacks' order. */
export async function playAll({
  browser,
  lab,
  site,
  attacks,
  progress = () => {},
}: Bout): Promise<Map<Attack, Outcome>> {
  const stage = new Stage(browser, lab, site, attacks);
  const spares = site.spares.map((spare) => new Stage(browser, lab, spare, attacks));
  const outcomes = new Map<Attack, Outcome>();
  /** Attacks that share a page also share its failures. */
  const playGroup = async (how: typeof playTogether, group: Attack[]) => {
    const missed = (error: unknown) =>
      new Map<Attack, Outcome>(group.map((each) => [each, { verdict: "not played", why: String(error) }]));
    for (const [attack, outcome] of await how(stage, group).catch(missed)) outcomes.set(attack, outcome);
  };
  for (const attack of attacks) {
    const why = notApplicable(attack, site, browser);
    if (why) outcomes.set(attack, { verdict: "not applicable", why });
  }
  const { settings } = lab.authorizationServer.testing;
  settings.changeIdTokenClaims = (claims) =>
    site.victim.front?.isIssuer ? { ...claims, iss: `${site.facts.front}/` } : claims;
  const applicable = attacks.filter((attack) => !outcomes.has(attack));
  await playGroup(playWatching, applicable.filter(watches));
  await playGroup(playTogether, applicable.filter(sharesPage));
  for (const attack of applicable) {
    if (outcomes.has(attack)) continue;
    progress(attack);
    outcomes.set(attack, await play((needsOwnOrigin(attack) && spares.pop()) || stage, attack));
  }
  return new Map(attacks.map((attack) => [attack, outcomes.get(attack) as Outcome]));
}

/** On a used origin, an earlier worker may run instead of the changed script. */
function needsOwnOrigin({ leavesWorkers, workerPrelude }: Attack): boolean {
  return leavesWorkers === true || workerPrelude !== undefined;
}

function notApplicable(
  { target, needs }: Attack,
  { host, facts }: Site,
  { engine }: Browser,
): string | undefined {
  if (target === "vault origin" && !facts.vault) return "it attacks a vault on an origin of its own";
  if (target === "the app's origin" && facts.vault) return "it attacks a vault on the app's origin";
  if (target !== "any" && !host) return "it attacks what only Strongroom has";
  if (needs && engine === "webkit") return `WebKitGTK's driver cannot ${needs}`;
  return undefined;
}
