import { useSession } from "strongroom/react";
import { useAttempt } from "../problems/useAttempt";
import { useSignIn } from "./useSignIn";
import { useSignOut } from "./useSignOut";

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
