import { useCallback } from "react";
import { useProblemActions } from "./ProblemProvider";
import { problemOf } from "./problem";

/** Does `work`; says what went wrong if it fails, and takes the topic's last problem away if it does not. */
export type Attempt = (doing: string, work: () => Promise<void>) => Promise<boolean>;

export function useAttempt(topic: string): Attempt {
  const { report, clear } = useProblemActions();
  return useCallback(
    async (doing, work) => {
      try {
        await work();
        clear(topic);
        return true;
      } catch (error) {
        report(topic, problemOf(error, doing));
        return false;
      }
    },
    [topic, report, clear],
  );
}
