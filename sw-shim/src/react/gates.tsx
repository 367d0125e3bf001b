import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Session } from "../page/session";
import { useSession, useVault } from "./vault";

/**
 * Its children, while somebody is signed in.
 *
 * @param props
 */
export function SignedIn({ children }: { children?: ReactNode }) {
  return useSession().status === "authenticated" ? children : null;
}

/**
 * Its children, while nobody is.
 *
 * @param props
 */
export function SignedOut({ children }: { children?: ReactNode }) {
  return useSession().status === "anonymous" ? children : null;
}

/** What {@link RequireSession} shows in its children's place. */
export interface RequireSessionProps {
  /** Shown while the page leaves for sign-in, and while a session is being recovered. Default: nothing. */
  fallback?: ReactNode;
  /**
   * Shown when the user is to decide about signing in: after a sign-out, and after a sign-in that failed, with its error.
   * Default: a button, below the error's description.
   */
  signedOutFallback?: (login: () => void, error: Session["error"]) => ReactNode;
  children?: ReactNode;
}

/**
 * Its children, while somebody is signed in, and also while their session is being recovered. Whoever comes here
 * signed out is sent to sign-in, and then back to where they were going. After a sign-out or a failed sign-in the user decides
 * (`session.signIn`).
 *
 * @param props
 */
export function RequireSession({
  fallback = null,
  signedOutFallback = signInButton,
  children,
}: RequireSessionProps) {
  const vault = useVault();
  const { status, signIn, error } = useSession();
  const isSignedIn = status === "authenticated";
  const [wasSignedIn, setWasSignedIn] = useState(false);
  if (isSignedIn !== wasSignedIn && status !== "recovering") setWasSignedIn(isSignedIn);
  const [isBack, setIsBack] = useState(false);
  if (isSignedIn && isBack) setIsBack(false);
  const starts = signIn === "start" && !isBack;
  const isStarting = useRef(false);
  useEffect(() => {
    // In StrictMode effects run twice.
    if (starts && !isStarting.current) vault.login();
    isStarting.current = starts;
  }, [starts, vault]);
  useEffect(() => {
    // By the Back button a user comes from the authorization server to this very document, which had left for it.
    const onShow = ({ persisted }: PageTransitionEvent) => persisted && isStarting.current && setIsBack(true);
    addEventListener("pageshow", onShow);
    return () => removeEventListener("pageshow", onShow);
  }, []);
  if (isSignedIn || (status === "recovering" && wasSignedIn)) return children;
  const isUnderWay = starts || (status === "recovering" && signIn !== "offer");
  if (isUnderWay) return fallback;
  return signedOutFallback(() => vault.login(), error);
}

function signInButton(login: () => void, error: Session["error"]) {
  return (
    <>
      {error && <p role="alert">{error.description}</p>}
      <button type="button" onClick={login}>
        Sign in
      </button>
    </>
  );
}
