import { useState } from "react";
import { whoAmI } from "../api";
import { useAttempt } from "../problems/useAttempt";

export interface Ping {
  /** A request is on its way, or waits in the worker for a token. */
  waiting: boolean;
  last: Answer | null;
  /** The one before, to compare with. */
  previous: Answer | null;
  send(): Promise<void>;
}

export interface Answer {
  /** From sending the request to having read its answer, in milliseconds. */
  took: number;
  /** The end of the `jti` of the token that the API found on it. */
  jtiTail: string;
}

/** One API request at a time, and how long it took. */
export function usePing(): Ping {
  const [waiting, setWaiting] = useState(false);
  const [answers, setAnswers] = useState<Answer[]>([]);
  const attempt = useAttempt("ping");
  const [last = null, previous = null] = answers;

  const send = async () => {
    if (waiting) return;
    setWaiting(true);
    const sent = performance.now();
    await attempt("send the API request", async () => {
      const { jtiTail } = await whoAmI();
      const answer = { took: Math.round(performance.now() - sent), jtiTail };
      setAnswers(([before]) => (before ? [answer, before] : [answer]));
    });
    setWaiting(false);
  };

  return { waiting, last, previous, send };
}
