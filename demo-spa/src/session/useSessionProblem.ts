import { useEffect } from "react";
import { useSession } from "strongroom/react";
import { useProblemActions } from "../problems/ProblemProvider";
import { sessionProblem } from "./sessionProblem";

/** Says the session's own error once: the same error in the next snapshot of the session does not bring it back. */
export function useSessionProblem(): void {
  const { status, error } = useSession();
  const { report, clear } = useProblemActions();
  const { code, description } = error ?? {};
  useEffect(() => {
    if (code === undefined) clear("session");
    else report("session", sessionProblem(status, code, description ?? ""));
  }, [status, code, description, report, clear]);
}
