import type { Attack } from "./attack.js";
import type { Stage } from "./stage.js";

/** What came of an attack on a victim. */
export type Outcome =
  | { verdict: "stolen"; what: string[] }
  | { verdict: "survived" }
  | { verdict: "not applicable"; why: string };

/** Attacks that only watch: all of them watch the same sign-in. */
export function watches({ hook, payload, play }: Attack): boolean {
  return hook !== undefined && payload === undefined && play === undefined;
}

/** Lets all `attacks` watch one sign-in and the app's calls to the API; the origin is one that nobody has used yet. */
export async function playWatching(stage: Stage, attacks: readonly Attack[]): Promise<Map<Attack, Outcome>> {
  for (const attack of attacks) stage.begin(attack);
  stage.hook(attacks);
  await stage.openSignedIn();
  for (let call = 0; call < 2; call++) await stage.call();
  await stage.flush();
  stage.hook([]);
  return await judge(stage, attacks);
}

/** Plays one attack that does something. */
export async function play(stage: Stage, attack: Attack): Promise<Outcome> {
  stage.begin(attack);
  if (attack.hook) stage.hook([attack]);
  const { host } = stage.site;
  try {
    if (attack.workerPrelude && host) {
      await stage.forgetEverything();
      host.prelude = attack.workerPrelude;
    }
    if (attack.play) {
      await attack.play(stage);
    } else {
      await stage.openSignedIn();
      await stage.inject();
    }
    await stage.flush();
    if (process.env.DEBUG_LAB) console.log(attack.name, stage.endings.join());
    const outcomes = await judge(stage, [attack]);
    return outcomes.get(attack) ?? { verdict: "survived" };
  } catch (error) {
    throw new Error(`"${attack.name}" on ${stage.site.victim.title} could not be played`, { cause: error });
  } finally {
    if (attack.hook) stage.hook([]);
    if (attack.workerPrelude && host) {
      host.prelude = "";
      await stage.forgetEverything();
    }
  }
}

async function judge(stage: Stage, attacks: readonly Attack[]): Promise<Map<Attack, Outcome>> {
  const outcomes = new Map<Attack, Outcome>();
  for (const [attack, what] of await stage.gains(attacks)) {
    const gain = await attack.gain?.(stage);
    const all = gain ? [...what, gain] : what;
    outcomes.set(attack, all.length > 0 ? { verdict: "stolen", what: all } : { verdict: "survived" });
  }
  return outcomes;
}
