import type { Client } from "../../../tests/attacks/victims/code-flow.ts";

/** The lab's sites, as its page needs to know them. */
export interface LabSites {
  /** The lab's page in an app whose vault is on the app's own origin. */
  vault?: string;
  /** The lab's page in an app whose vault has an origin of its own. */
  "vault-origin"?: string;
  /**
   * The lab's page in an app that keeps tokens itself. It has an origin of its own, and another host name: its callback is
   * answered with the app, which beside the vault would be the very way in that the host headers close; and a cookie
   * does not tell ports apart.
   */
  naive: string;
  /** The origin of the attacker's server. */
  attacker: string;
  /** What the app that keeps tokens itself has to know to sign in. */
  signIn: Client;
}

/** `headers` whose policy lets the page connect to `origins` too. */
export function openConnections(
  headers: Record<string, string>,
  ...origins: string[]
): Record<string, string> {
  const policy = headers["Content-Security-Policy"] ?? "";
  const opened = policy.replace(/\bconnect-src [^;]*/, (directive) => [directive, ...origins].join(" "));
  return { ...headers, "Content-Security-Policy": opened };
}
