/** A contender's page client, as an app uses it. */
export interface Client {
  /** Finishes a sign-in that has come back to this page, finds a session that there is, or says how to sign in. */
  open(): Promise<{ signedIn: true } | { signedIn: false; signIn(): unknown }>;
}

/** Milliseconds since the first navigation of the visit began. */
export type Visit = {
  signedIn: number;
  answered: number;
  /** Whether there was no session, and the browser went to the authorization server. */
  hadToSignIn: boolean;
};

/** What the runner told the page; in front of the bundle. */
declare global {
  var SETTINGS: {
    ping: string;
    headers: Record<string, string>;
    /** The vault's origin, if it is not the page's. */
    vault?: string;
    provider: { issuer: string; clientId: string; scope: string; redirectUri: string } & Record<
      "authorizationEndpoint" | "tokenEndpoint" | "revocationEndpoint" | "logoutEndpoint",
      string
    >;
  };
  var visit: Visit | { failed: string } | undefined;
}

/** Where the begin of a visit is kept while the browser is at the authorization server. */
const BEGUN = "visit";

/** What an app does when it is opened: it signs in, if it must, and asks the API. Only where the runner asked for a visit. */
export async function playVisit(client: Client): Promise<void> {
  const begins = location.search === "?visit";
  const kept = sessionStorage.getItem(BEGUN);
  if (!begins && kept === null) return;
  const begun = begins ? performance.timeOrigin : Number(kept);
  const elapsed = () => performance.timeOrigin + performance.now() - begun;
  try {
    const session = await client.open();
    if (!session.signedIn) {
      sessionStorage.setItem(BEGUN, String(begun));
      return void session.signIn();
    }
    const signedIn = elapsed();
    const response = await fetch(SETTINGS.ping, { headers: SETTINGS.headers });
    if (!response.ok) throw new Error(`The API answered ${response.status}.`);
    await response.json();
    globalThis.visit = { signedIn, answered: elapsed(), hadToSignIn: !begins };
  } catch (error) {
    globalThis.visit = { failed: String(error) };
  }
  sessionStorage.removeItem(BEGUN);
}
