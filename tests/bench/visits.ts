import type { Contender } from "./contender.js";
import { type Samples, sample } from "./samples.js";

export interface Visits {
  /** From the first navigation, with nothing stored, until the page knows that a user is signed in. Milliseconds. */
  firstVisit: Samples;
  /** From the next navigation, with a session, until the API has responded. */
  reload: Samples;
}

export async function measureVisits(contenders: readonly Contender[], rounds: number): Promise<Visits> {
  const firstVisit = await sample(contenders, rounds, async (contender) => {
    const { signedIn, hadToSignIn } = await contender.visit({ first: true });
    if (!hadToSignIn) throw new Error(`${contender.name} had a session on what should be a first visit.`);
    return signedIn;
  });
  const reload = await sample(contenders, rounds, async (contender) => {
    const { answered, hadToSignIn } = await contender.visit();
    if (hadToSignIn) throw new Error(`${contender.name} had lost its session on a reload.`);
    return answered;
  });
  return { firstVisit, reload };
}
