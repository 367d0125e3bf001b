import type { Attack } from "./attack.js";
import type { Stage } from "./stage.js";

/** The result of an attack on a victim. */
export type Outcome =
  | { verdict: "stolen"; what: string[] }
  | { verdict: "survived" }
  | { verdict: "not applicable"; why: string }
  | { verdict: "not played"; why: string };

/** Attacks that only observe. All of them observe the same sign-in. */
export function watches({ hook, payload, play }: Attack): boolean {
  return hook !== undefined && payload === undefined && play === undefined;
}

/** Runs all `attacks` during one sign-in and the app's calls to the API, on an unused origin. */
export async function playWatching(stage: Stage, attacks: readonly Attack[]): Promise<Map<Attack, Outcome>> {
  for (const attack of attacks) stage.begin(attack);
  stage.hook(attacks);
  await stage.openSignedIn();
  for (let call = 0; call < 2; call++) await stage.call();
  await stage.flush();
  stage.hook([]);
  return await verdictsOn(stage, attacks);
}

/** Attacks that need only a signed-in user's page. They share one. */
export function sharesPage(attack: Attack): boolean {
  const { hook, payload, play, workerPrelude, rewrite, leavesWorkers, alone, afterConnect } = attack;
  const own = hook || play || workerPrelude || rewrite || leavesWorkers || alone || afterConnect;
  return payload !== undefined && !own;
}

/** Runs all payloads at once in one page. */
export async function playTogether(stage: Stage, attacks: readonly Attack[]): Promise<Map<Attack, Outcome>> {
  for (const attack of attacks) stage.begin(attack);
  await stage.openSignedIn();
  const endings = await stage.injectAll(attacks);
  const { gotCode } = stage;
  await stage.flush();
  const outcomes = await verdictsOn(stage, attacks);
  for (const attack of attacks) {
    const why = failure(attack, [endings.get(attack) ?? ""], gotCode);
    if (why && outcomes.get(attack)?.verdict !== "stolen")
      outcomes.set(attack, { verdict: "not played", why });
  }
  return outcomes;
}

/** Why an attack was not really tried: an attack that failed by itself proves nothing. */
function failure({ wantsCode }: Attack, endings: readonly string[], gotCode: boolean): string | undefined {
  if (wantsCode && !gotCode) return "the authorization server issued no code";
  return endings.find((ending) => ending.startsWith("threw"));
}

/** Plays one attack by itself. */
export async function play(stage: Stage, attack: Attack): Promise<Outcome> {
  stage.begin(attack);
  if (attack.hook) stage.hook([attack]);
  const { host, rewrite } = stage.site;
  try {
    if (attack.rewrite) stage.site.rewrite = attack.rewrite;
    if (attack.workerPrelude && host) host.prelude = attack.workerPrelude;
    if (attack.play) {
      await attack.play(stage);
    } else {
      await stage.openSignedIn();
      await stage.inject();
    }
    const why = failure(attack, stage.endings, stage.gotCode);
    await stage.flush();
    const outcome = (await verdictsOn(stage, [attack])).get(attack) ?? { verdict: "survived" };
    return why && outcome.verdict !== "stolen" ? { verdict: "not played", why } : outcome;
  } catch (error) {
    return { verdict: "not played", why: String(error) };
  } finally {
    if (attack.hook) stage.hook([]);
    stage.site.rewrite = rewrite;
    if (attack.workerPrelude && host) host.prelude = "";
  }
}

async function verdictsOn(stage: Stage, attacks: readonly Attack[]): Promise<Map<Attack, Outcome>> {
  const outcomes = new Map<Attack, Outcome>();
  for (const [attack, what] of await stage.gains(attacks)) {
    const gain = await attack.gain?.(stage);
    const all = gain ? [...what, gain] : what;
    outcomes.set(attack, all.length > 0 ? { verdict: "stolen", what: all } : { verdict: "survived" });
  }
  return outcomes;
}
