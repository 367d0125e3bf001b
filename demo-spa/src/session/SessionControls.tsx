import { useCallback, useEffect } from "react";
import { useSession, useVault } from "strongroom/react";
import { useAttempt, useProblemActions } from "../problems/Problems";
import { sessionProblem } from "../problems/problem";
import { useSessionLog } from "./SessionLog";

/** The session's status, and the one thing to do about it. */
export function SessionControls() {
  const { status } = useSession();
  const signIn = useSignIn();
  const signOut = useSignOut();
  const attempt = useAttempt("sign-out");
  return (
    <>
      <p className="status" role="status" data-session={status}>
        <span className="visually-hidden">Session: </span>
        <span data-testid="status">{status}</span>
      </p>
      {status === "anonymous" ? (
        <button type="button" className="button button-on-enamel" onClick={signIn}>
          Sign in
        </button>
      ) : (
        <button
          type="button"
          className="button button-on-enamel"
          data-testid="sign-out"
          onClick={() => attempt("sign out", signOut)}
        >
          Sign out
        </button>
      )}
    </>
  );
}

/** Starts a sign-in that comes back to where the user is now. */
export function useSignIn(): () => void {
  const vault = useVault();
  return useCallback(() => vault.login({ returnTo: location.pathname + location.search }), [vault]);
}

/** Signs out, here and in every open tab. */
function useSignOut(): () => Promise<void> {
  const vault = useVault();
  const { signingOut } = useSessionLog();
  return useCallback(async () => {
    signingOut.current = true;
    try {
      await vault.logout();
    } catch (error) {
      signingOut.current = false;
      throw error;
    }
  }, [vault, signingOut]);
}

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
