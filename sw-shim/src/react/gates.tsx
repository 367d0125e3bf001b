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
  /** Shown until somebody is signed in, and after a sign-out. */
  fallback?: ReactNode;
  /** Shown when a sign-in has failed: what went wrong, and how to try again. Default: `fallback`. */
  errorFallback?: (error: NonNullable<Session["error"]>, login: () => void) => ReactNode;
  children?: ReactNode;
}

/** The session ended, or could not be had without the user: OpenID Connect Core 3.1.2.6, and the vault's own codes. */
const ENDED = /_required$|^session_/;

/**
 * Its children, while somebody is signed in, and also while their session is being recovered. Whoever comes here
 * signed out is led to sign-in, and then back to where they were going. A sign-in that failed is not begun again by
 * itself, and neither is one after a sign-out.
 *
 * @param props
 */
export function RequireSession({ fallback = null, errorFallback, children }: RequireSessionProps) {
  const vault = useVault();
  const { status, error } = useSession();
  const [wasSignedIn, setWasSignedIn] = useState(false);
  if (status === "authenticated" && !wasSignedIn) setWasSignedIn(true);
  const isAnonymous = status === "anonymous";
  const leaves = isAnonymous && (error ? ENDED.test(error.code) : !wasSignedIn);
  const isLeaving = useRef(false);
  useEffect(() => {
    // In StrictMode effects run twice.
    if (leaves && !isLeaving.current) vault.login();
    isLeaving.current = leaves;
  }, [leaves, vault]);
  if (wasSignedIn && !isAnonymous) return children;
  return isAnonymous && error && !leaves && errorFallback
    ? errorFallback(error, () => vault.login())
    : fallback;
}
