import type { Client } from "../../../tests/attacks/victims/code-flow.ts";

/** The lab's sites, for its page. */
export interface LabSites {
  /** The lab's page in an app whose vault is on the app's own origin. */
  vault?: string;
  /** The lab's page in an app whose vault has an origin of its own. */
  "vault-origin"?: string;
  /**
   * The lab's page in an app that keeps tokens itself. It has another origin than the vault's apps, because its host serves the app at the
   * callback, and another host name, because ports share cookies.
   */
  naive: string;
  /** The origin of the attacker's server. */
  attacker: string;
  /** What the app that keeps tokens itself needs for its sign-in. */
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
