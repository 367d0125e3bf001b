import type { Session } from "strongroom";
import { describe, expect, test } from "vitest";
import { EMPTY_LOG, record, type SessionLog } from "./log";

describe("a page that opens", () => {
  test("says who is signed in", () => {
    expect(sentences(signedIn())).toEqual(["This page opened, signed in as ada@example.com."]);
  });

  test("names a user without an e-mail address by the subject", () => {
    expect(sentences(signedIn({ user: { sub: "ada-1" } }))).toEqual([
      "This page opened, signed in as ada-1.",
    ]);
  });

  test("logs nothing when nobody is signed in", () => {
    expect(sentences(signedOut())).toEqual([]);
  });

  test("says why nobody is signed in", () => {
    expect(sentences(signedOut({ error: CANCELLED }))).toEqual([
      "This page opened, signed out. access_denied: The user said no.",
    ]);
  });

  test("says that the session is being recovered", () => {
    expect(sentences(recovering())).toEqual([expect.stringMatching(/^Recovering: every copy .* is gone/)]);
  });
});

describe("a worker that was started again", () => {
  test("has the session back from a keeper", () => {
    const restarted = signedIn({ worker: { startedAt: 9_000, keepers: 1 } });
    expect(sentences(signedIn(), restarted)[0]).toBe(
      "The worker was restarted, and the session came from a keeper.",
    );
  });

  test("reports a slightly different expiry, which is not logged as a renewal", () => {
    const restarted = signedIn({ expiresAt: 3_600_090, worker: { startedAt: 9_000, keepers: 1 } });
    expect(sentences(signedIn(), restarted)[0]).toMatch(/came from a keeper/);
  });

  test("may have a new access token by the time the page reconnects", () => {
    const restarted = signedIn({ expiresAt: 3_900_000, worker: { startedAt: 9_000, keepers: 1 } });
    expect(sentences(signedIn(), restarted)[0]).toBe(
      "The worker was restarted, and the session has a new access token.",
    );
  });

  test("logs no keepers before they have reconnected", () => {
    const restarted = signedIn({ worker: { startedAt: 9_000, keepers: 0 } });
    expect(sentences(signedIn(), restarted)).toHaveLength(2);
    expect(sentences(signedIn(), restarted, signedIn({ worker: { startedAt: 9_000, keepers: 1 } }))[0]).toBe(
      "1 keeper holds a copy of the session.",
    );
  });

  test("says nothing while nobody is signed in", () => {
    expect(sentences(signedOut(), signedOut({ worker: { startedAt: 9_000, keepers: 0 } }))).toEqual([]);
  });
});

describe("a recovery", () => {
  test("says how long it took, from the first moment the page knew of it", () => {
    const log = watch(
      [1_000, signedIn()],
      [2_000, recovering()],
      [2_300, recovering({ worker: { startedAt: 9_000, keepers: 1 } })],
      [2_845, signedIn({ worker: { startedAt: 9_000, keepers: 1 } })],
    );
    expect(log.entries.map(({ at, sentence }) => [at, sentence])).toEqual([
      [2_845, "Session recovered in 845 ms."],
      [2_000, expect.stringMatching(/^Recovering/)],
      [1_000, expect.stringMatching(/^This page opened/)],
    ]);
  });

  test("that the authorization server refuses names its code", () => {
    const error = { code: "login_required", description: "Please sign in." };
    expect(sentences(recovering(), signedOut({ error }))[0]).toBe(
      "The session could not be recovered. login_required: Please sign in.",
    );
  });

  test("that fails temporarily logs its code once", () => {
    const again = recovering({ error: UNREACHABLE, worker: { startedAt: 9_000, keepers: 0 } });
    expect(sentences(recovering(), recovering({ error: UNREACHABLE }), again)).toEqual([
      "token_endpoint_unreachable: No answer.",
      expect.stringMatching(/^Recovering/),
    ]);
  });
});

describe("a renewal", () => {
  test("is logged", () => {
    expect(sentences(signedIn(), signedIn({ expiresAt: 3_600_001 }))[0]).toBe(
      "The access token was renewed.",
    );
  });

  test("that fails temporarily leaves the session unchanged", () => {
    expect(sentences(signedIn(), signedIn({ error: UNREACHABLE }))[0]).toBe(
      "token_endpoint_unreachable: No answer. You are still signed in.",
    );
  });

  test("that the authorization server refuses ends the session", () => {
    const error = { code: "invalid_grant", description: "It is revoked." };
    expect(sentences(signedIn(), signedOut({ error }))[0]).toBe(
      "The session ended. invalid_grant: It is revoked.",
    );
  });
});

describe("another tab", () => {
  test("that signs a user in is logged", () => {
    expect(sentences(signedOut(), signedIn())).toEqual(["Signed in as ada@example.com in another tab."]);
  });

  test("that signs another user in is logged", () => {
    expect(sentences(signedIn(), signedIn({ user: { sub: "bob-1" } }))[0]).toBe(
      "Signed in as bob-1 in another tab, instead of ada@example.com.",
    );
  });

  test("that signs the user out is logged", () => {
    expect(sentences(signedIn(), signedOut())[0]).toBe("Signed out in another tab.");
  });

  test("is not named for this tab's own sign-out", () => {
    const before = record(EMPTY_LOG, { session: signedIn(), at: 0, signingOut: false });
    const after = record(before, { session: signedOut(), at: 1, signingOut: true });
    expect(after.entries[0]?.sentence).toBe("Signed out.");
  });

  test("whose sign-out could not revoke the refresh token is logged", () => {
    const error = { code: "revocation_failed", description: "It could not be told." };
    expect(sentences(signedIn(), signedOut(), signedOut({ error }))[0]).toBe(
      "revocation_failed: It could not be told.",
    );
  });
});

describe("keepers", () => {
  test("are logged when their number changes", () => {
    const keepers = (keepers: number) => signedIn({ worker: { startedAt: 1_000, keepers } });
    expect(sentences(keepers(0), keepers(1), keepers(2), keepers(0)).slice(0, 3)).toEqual([
      "No keeper holds a copy of the session.",
      "2 keepers hold copies of the session.",
      "1 keeper holds a copy of the session.",
    ]);
  });
});

describe("a worker that does not respond", () => {
  const lost = signedOut({ worker: null, error: { code: "worker_lost", description: "Reload the page." } });

  test("is not logged as a sign-out", () => {
    expect(sentences(signedIn(), lost)[0]).toBe("The worker does not respond. worker_lost: Reload the page.");
  });

  test("is not logged as a sign-in when it responds again", () => {
    expect(sentences(signedIn(), lost, signedIn())[0]).toBe(
      "The worker responds again. The session is still there.",
    );
    expect(sentences(signedIn(), lost, signedOut())[0]).toBe(
      "The worker responds again. You are signed out.",
    );
  });
});

describe("the log", () => {
  test("is the same log after the same session", () => {
    const session = signedIn();
    const log = watch([1_000, session]);
    expect(record(log, { session, at: 2_000, signingOut: false })).toBe(log);
  });

  test("keeps the newest fifty entries, each with its own number", () => {
    const renewals = Array.from({ length: 60 }, (_, index): [number, Session] => [
      index,
      signedIn({ expiresAt: index }),
    ]);
    const { entries } = watch(...renewals);
    expect(entries).toHaveLength(50);
    expect(entries[0]?.at).toBe(59);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(50);
  });
});

const CANCELLED = { code: "access_denied", description: "The user said no." };
const UNREACHABLE = { code: "token_endpoint_unreachable", description: "No answer." };

/** What the log says after these sessions, newest first. */
function sentences(...sessions: Session[]): string[] {
  return watch(...sessions.map((session, at): [number, Session] => [at, session])).entries.map(
    ({ sentence }) => sentence,
  );
}

function watch(...sightings: [at: number, session: Session][]): SessionLog {
  return sightings.reduce((log, [at, session]) => record(log, { session, at, signingOut: false }), EMPTY_LOG);
}

function signedIn(changes: Partial<Session> = {}): Session {
  return {
    status: "authenticated",
    user: { sub: "ada-1", email: "ada@example.com" },
    expiresAt: 3_600_000,
    renewsAt: 3_000_000,
    error: null,
    signIn: null,
    worker: { startedAt: 1_000, keepers: 1 },
    ...changes,
  };
}

function signedOut(changes: Partial<Session> = {}): Session {
  return {
    status: "anonymous",
    user: null,
    expiresAt: null,
    renewsAt: null,
    error: null,
    signIn: "start",
    worker: { startedAt: 1_000, keepers: 1 },
    ...changes,
  };
}

function recovering(changes: Partial<Session> = {}): Session {
  return signedOut({ status: "recovering", signIn: "silent", ...changes });
}
