import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Session } from "../page/session";
import { useSession, useVault } from "./vault";

/**
 * Renders its children while the session is `authenticated`.
 *
 * @param props The children.
 *
 * @example
 * ```tsx
 * import { SignedIn, useVault } from "strongroom/react";
 *
 * export function Menu() {
 *   const vault = useVault();
 *   return <SignedIn><button type="button" onClick={() => vault.logout()}>Sign out</button></SignedIn>;
 * }
 * ```
 */
export function SignedIn({ children }: { children?: ReactNode }) {
  return useSession().status === "authenticated" ? children : null;
}

/**
 * Renders its children while the session is `anonymous`, and nothing while it is `recovering`.
 *
 * @param props The children.
 *
 * @example
 * ```tsx
 * import { SignedOut, useVault } from "strongroom/react";
 *
 * export function Menu() {
 *   const vault = useVault();
 *   return <SignedOut><button type="button" onClick={() => vault.login()}>Sign in</button></SignedOut>;
 * }
 * ```
 */
export function SignedOut({ children }: { children?: ReactNode }) {
  return useSession().status === "anonymous" ? children : null;
}

/**
 * Props of {@link RequireSession}.
 *
 * @example
 * ```tsx
 * import type { RequireSessionProps } from "strongroom/react";
 *
 * export const signedOutFallback: RequireSessionProps["signedOutFallback"] = (login, error) => (
 *   <>
 *     {error && <p role="alert">{error.description}</p>}
 *     <button type="button" onClick={login}>Sign in to see your notes</button>
 *   </>
 * );
 * ```
 */
export interface RequireSessionProps {
  /** Rendered while the page navigates to sign-in, and while a session is being recovered. Default: nothing. */
  fallback?: ReactNode;
  /**
   * Rendered after a sign-out, or after a failed sign-in with its error, so that the user decides whether to sign in. Default: a
   * sign-in button, below the error's description.
   */
  signedOutFallback?: (login: () => void, error: Session["error"]) => ReactNode;
  children?: ReactNode;
}

/**
 * Renders its children for signed-in users, also while their session is being recovered. Sends other users to sign-in, and back to this
 * page. After a sign-out or a failed sign-in it renders `signedOutFallback` instead (see `session.signIn`).
 *
 * @param props The children and fallbacks.
 *
 * @example
 * ```tsx
 * import { RequireSession } from "strongroom/react";
 *
 * export const NotesPage = () => <RequireSession fallback={<p>One moment…</p>}><Notes /></RequireSession>;
 * ```
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
    // StrictMode runs effects twice.
    if (starts && !isStarting.current) vault.login();
    isStarting.current = starts;
  }, [starts, vault]);
  useEffect(() => {
    // The Back button returns from the authorization server to this same document.
    const onShow = ({ persisted }: PageTransitionEvent) => persisted && isStarting.current && setIsBack(true);
    addEventListener("pageshow", onShow);
    return () => removeEventListener("pageshow", onShow);
  }, []);
  if (isSignedIn || (status === "recovering" && wasSignedIn)) return children;
  const isUnderWay = starts || signIn === "silent";
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
