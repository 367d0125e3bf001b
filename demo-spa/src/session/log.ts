import type { Session } from "strongroom";

/** What the page has seen of the session since it opened. */
export interface SessionLog {
  /** Newest first, at most `MOST`. */
  readonly entries: readonly LogEntry[];
  readonly last: Sighting | null;
  /** How many entries there have been. */
  readonly count: number;
}

export interface LogEntry {
  readonly id: number;
  /** When the page saw it, in milliseconds since 1970. The worker may have known for a second or two. */
  readonly at: number;
  readonly sentence: string;
}

/** The session as the page saw it at a moment. Times are in milliseconds since 1970. */
export interface Sighting {
  readonly session: Session;
  readonly at: number;
  /** Since when the page has seen the session in this status. */
  readonly since: number;
  /** This tab had begun to sign out. */
  readonly signingOut: boolean;
}

export const EMPTY_LOG: SessionLog = { entries: [], last: null, count: 0 };

const MOST = 50;

/** The log with what changed between its last sighting and this one. */
export function record(log: SessionLog, seen: Omit<Sighting, "since">): SessionLog {
  const { last } = log;
  if (last?.session === seen.session) return log;
  const since = last?.session.status === seen.session.status ? last.since : seen.at;
  const next = { ...seen, since };
  const told = changes(last, next).map((sentence, index) => ({
    id: log.count + index,
    at: seen.at,
    sentence,
  }));
  return {
    entries: [...told.reverse(), ...log.entries].slice(0, MOST),
    last: next,
    count: log.count + told.length,
  };
}

/** What happened between two sightings, in sentences, oldest first. */
export function changes(previous: Sighting | null, next: Sighting): string[] {
  if (!previous) return opening(next.session);
  if (previous.session.status !== next.session.status) return [changeOfStatus(previous, next)];
  const before = previous.session;
  const { session } = next;
  return [
    ...(session.status === "authenticated" ? changesWhileSignedIn(before, session) : []),
    ...answersAgain(before, session),
    ...newError(before, session),
  ];
}

function opening({ status, user, error }: Session): string[] {
  if (status === "authenticated") return [`This page opened, signed in as ${nameOf(user)}.`];
  if (status === "recovering") return [RECOVERING];
  return error ? [`This page opened, signed out. ${inWords(error)}`] : [];
}

const RECOVERING =
  "Recovering: every copy of the session is gone. Asking the authorization server to sign you in again.";

function changeOfStatus(previous: Sighting, next: Sighting): string {
  const { status, user, error, worker } = next.session;
  const wasRecovering = previous.session.status === "recovering";
  if (status === "recovering") return RECOVERING;
  if (status === "authenticated") {
    if (wasRecovering) return `Session recovered in ${next.at - previous.since} ms.`;
    // A page learns of a sign-in of its own by opening again: this one happened elsewhere.
    if (previous.session.worker) return `Signed in as ${nameOf(user)} in another tab.`;
    return "The worker responds again. The session is still there.";
  }
  if (!worker) return `The worker does not respond. ${inWords(error)}`;
  if (error) return `The session ${wasRecovering ? "could not be recovered" : "ended"}. ${inWords(error)}`;
  return next.signingOut ? "Signed out." : "Signed out in another tab.";
}

function changesWhileSignedIn(before: Session, session: Session): string[] {
  if (before.user?.sub !== session.user?.sub) {
    return [`Signed in as ${nameOf(session.user)} in another tab, instead of ${nameOf(before.user)}.`];
  }
  const restarted = before.worker?.startedAt !== session.worker?.startedAt;
  const renewed = isRenewed(before, session, restarted);
  if (restarted) {
    const source = renewed ? "has a new access token" : "came from a keeper";
    return [`The worker was restarted, and the session ${source}.`];
  }
  return [
    ...(renewed ? ["The access token was renewed."] : []),
    ...(before.worker?.keepers === session.worker?.keepers ? [] : [kept(session.worker?.keepers ?? 0)]),
  ];
}

/** A worker that got the session from a keeper counts its end anew, some milliseconds off. */
function isRenewed(before: Session, session: Session, restarted: boolean): boolean {
  const later = (session.expiresAt ?? 0) - (before.expiresAt ?? 0);
  return restarted ? later > 2_000 : later !== 0;
}

function kept(keepers: number): string {
  if (keepers === 0) return "No keeper holds a copy of the session.";
  return keepers === 1
    ? "1 keeper holds a copy of the session."
    : `${keepers} keepers hold copies of the session.`;
}

function answersAgain(before: Session, session: Session): string[] {
  return !before.worker && session.worker ? ["The worker responds again. You are signed out."] : [];
}

function newError(before: Session, session: Session): string[] {
  const { status, error } = session;
  if (!error || error.code === before.error?.code) return [];
  return [status === "authenticated" ? `${inWords(error)} You are still signed in.` : inWords(error)];
}

function inWords(error: Session["error"]): string {
  return error ? `${error.code}: ${error.description}` : "";
}

function nameOf(user: Session["user"]): string {
  return user?.email ?? user?.sub ?? "nobody";
}
