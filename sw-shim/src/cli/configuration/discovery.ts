import type { Endpoints } from "../../configuration/endpoints";

/** The members used from a discovery document (OpenID Connect Discovery 1.0, section 3; RFC 8414). */
export interface DiscoveryDocument {
  issuer?: string;
  authorization_endpoint?: string;
  token_endpoint?: string;
  revocation_endpoint?: string;
  end_session_endpoint?: string;
  code_challenge_methods_supported?: string[];
}

/** OpenID Connect Discovery 1.0, section 4.1: below the issuer, including its path. */
export function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`;
}

/** @throws Error that says why there is no document. */
export async function discover(issuer: string, signal: AbortSignal): Promise<DiscoveryDocument> {
  const url = discoveryUrl(issuer);
  const response = await fetch(url, { headers: { accept: "application/json" }, signal }).catch((error) => {
    throw new Error(reasonOf(error));
  });
  return discoveryDocument(response.status, await response.text());
}

/** Why a request failed. `fetch` hides the reason behind "fetch failed". */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  if (!(cause instanceof Error)) return message;
  // A host name with several addresses: one error for each of them, and no message.
  const [first] = cause instanceof AggregateError ? (cause.errors as Error[]) : [cause];
  return first?.message || (cause as NodeJS.ErrnoException).code || message;
}

/** @throws Error that says why the response is not a discovery document. */
export function discoveryDocument(status: number, body: string): DiscoveryDocument {
  if (status !== 200) throw new Error(`the status is ${status}`);
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    throw new Error("the response is not JSON");
  }
  if (typeof document !== "object" || document === null) throw new Error("the response is not a JSON object");
  return document;
}

/** The keys of the vault's configuration, and the members of the document. */
export const NAMES = {
  authorizationEndpoint: "authorization_endpoint",
  tokenEndpoint: "token_endpoint",
  revocationEndpoint: "revocation_endpoint",
  logoutEndpoint: "end_session_endpoint",
} as const satisfies Partial<Record<keyof Endpoints, keyof DiscoveryDocument>>;
