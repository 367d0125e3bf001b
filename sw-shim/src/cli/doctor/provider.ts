import type { Report } from "../../checks/findings";
import type { Received } from "../../checks/network";
import { type Endpoints, endpointsOf, issuersOf } from "../../configuration/endpoints";
import { isLoopback } from "../../configuration/loopback";
import type { VaultConfig } from "../../worker/config";
import { type DiscoveryDocument, discoveryDocument, discoveryUrl, NAMES } from "../configuration/discovery";
import { isReadableBy, type Requests, summaryOf } from "./requests";

/** Invalid, and easy to find in logs. */
const MADE_UP = "strongroom-doctor-strongroom-doctor-strongroom-doctor";

/** The URLs that the provider must know. */
export interface Registered {
  /** The origin of the vault. */
  origin: string;
  redirectUri: string;
  signOutUri: string;
}

/** Sends the provider the requests of a browser without a user. */
export async function examineProvider(
  { origin, redirectUri, signOutUri }: Registered,
  configuration: VaultConfig,
  requests: Requests,
  report: Report,
): Promise<void> {
  const endpoints = endpointsOf(configuration);
  await examineDiscovery(endpoints, issuersOf(configuration), requests, report);
  await examineAuthorizationEndpoint(endpoints, redirectUri, configuration.scopes, requests, report);
  await examineTokenEndpoint(endpoints, redirectUri, origin, requests, report);
  await examineLogoutEndpoint(endpoints, signOutUri, requests, report);
}

/** Checks that the provider sends no code to `callback`, which is a page of the app: the vault is on another origin. */
export async function examineAppCallback(
  callback: URL,
  configuration: VaultConfig,
  requests: Requests,
  report: Report,
): Promise<void> {
  const endpoints = endpointsOf(configuration);
  const isAccepted = async ({ href }: URL) => {
    const response = await requests.ask(authorizationRequest(endpoints, href, configuration.scopes));
    return !(response instanceof Error) && targetOf(response, href).cameBack;
  };
  if (!(await isAccepted(callback))) return report.pass(`The provider sends no code to ${callback}`);
  // Local providers for development accept every URL of this machine.
  const isLocal = isLoopback(callback) && isLoopback(new URL(endpoints.authorizationEndpoint));
  if (isLocal && (await isAccepted(new URL("/strongroom-check/callback", callback)))) return;
  report.find("app_callback_registered", callback, "accepted");
}

async function examineDiscovery(
  endpoints: Endpoints,
  issuers: string[],
  requests: Requests,
  report: Report,
): Promise<void> {
  const url = discoveryUrl(endpoints.issuer);
  const response = await requests.ask(url, { headers: { accept: "application/json" } });
  if (response instanceof Error) return requests.lacks("discovery_unreachable", url, response);
  let document: DiscoveryDocument;
  try {
    document = discoveryDocument(response.status, response.body);
  } catch (error) {
    return report.find("discovery_unreachable", url, (error as Error).message);
  }
  const before = report.sightings;
  if (document.issuer === undefined || !issuers.includes(document.issuer)) {
    report.find("issuer_differs", url, `${document.issuer}, but the configuration has ${endpoints.issuer}`);
  }
  for (const [key, name] of Object.entries(NAMES) as [
    keyof typeof NAMES,
    (typeof NAMES)[keyof typeof NAMES],
  ][]) {
    const [configured, announced] = [endpoints[key], document[name]];
    if (configured !== undefined && announced !== undefined && !isSameUrl(configured, announced)) {
      report.find(
        "endpoint_differs",
        url,
        `${name} is ${announced}, but the configuration has ${configured}`,
      );
    }
  }
  const methods = document.code_challenge_methods_supported;
  if (methods && !methods.includes("S256")) report.find("pkce_unsupported", url, methods.join(" ") || "none");
  if (report.sightings === before) report.pass("The discovery document matches the configuration");
}

function isSameUrl(one: string, other: string): boolean {
  return URL.canParse(other) && new URL(one).href === new URL(other).href;
}

async function examineAuthorizationEndpoint(
  endpoints: Endpoints,
  redirectUri: string,
  scopes: string[],
  requests: Requests,
  report: Report,
): Promise<void> {
  const { authorizationEndpoint } = endpoints;
  const response = await requests.ask(authorizationRequest(endpoints, redirectUri, scopes));
  if (response instanceof Error) {
    return requests.lacks("authorization_endpoint_unreachable", authorizationEndpoint, response);
  }
  const { error, cameBack } = targetOf(response, redirectUri);
  if (!cameBack && (error || response.status >= 400)) {
    report.find(
      "redirect_uri_refused",
      redirectUri,
      error ? `the error ${error}` : `${response.status} and a page`,
    );
  } else if (error === "invalid_scope") {
    report.find("scopes_refused", authorizationEndpoint, scopes.join(" "));
  } else if (error && !NEEDS_THE_USER.test(error)) {
    report.find("authorization_refused", authorizationEndpoint, error);
  } else {
    report.pass(`The provider accepts the redirect URI ${redirectUri} and the scopes ${scopes.join(" ")}`);
  }
}

/** An authorization request like the vault's, with `prompt=none`, so that there is no interaction. */
function authorizationRequest(
  { authorizationEndpoint, clientId }: Endpoints,
  redirectUri: string,
  scopes: string[],
): URL {
  const url = new URL(authorizationEndpoint);
  for (const [name, value] of Object.entries({
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: scopes.join(" "),
    state: MADE_UP,
    nonce: MADE_UP,
    // A challenge has 43 characters (RFC 7636 section 4.2).
    code_challenge: MADE_UP.slice(0, 43),
    code_challenge_method: "S256",
    prompt: "none",
  })) {
    url.searchParams.set(name, value);
  }
  return url;
}

/** Where the provider's response leads: back to `redirectUri`, and with which error. */
function targetOf({ headers, url }: Received, redirectUri: string) {
  const location = headers.get("location");
  const target = location !== null && URL.canParse(location, url) ? new URL(location, url) : undefined;
  return {
    error: target?.searchParams.get("error") ?? undefined,
    cameBack: target !== undefined && `${target.origin}${target.pathname}` === redirectUri,
  };
}

/** OpenID Connect Core 3.1.2.6: the errors that a correct request with `prompt=none` gets. */
const NEEDS_THE_USER = /_required$|^account_selection/;

/** The vault's token request with an invalid code. */
async function examineTokenEndpoint(
  { tokenEndpoint, clientId }: Endpoints,
  redirectUri: string,
  origin: string,
  requests: Requests,
  report: Report,
): Promise<void> {
  const response = await requests.ask(tokenEndpoint, {
    method: "POST",
    headers: { origin, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code: MADE_UP,
      client_id: clientId,
      redirect_uri: redirectUri,
      code_verifier: MADE_UP,
    }).toString(),
  });
  if (response instanceof Error) {
    return requests.lacks("token_endpoint_unreachable", tokenEndpoint, response);
  }
  const error = errorOf(response.body);
  const before = report.sightings;
  if (error === undefined)
    report.find("token_endpoint_unreachable", tokenEndpoint, `${summaryOf(response)} and no OAuth error`);
  if (error === "invalid_client" || error === "unauthorized_client") {
    report.find("client_refused", tokenEndpoint, error);
  }
  if (new URL(tokenEndpoint).origin !== origin && !isReadableBy(origin, response)) {
    report.find(
      "token_endpoint_without_cors",
      tokenEndpoint,
      response.headers.get("access-control-allow-origin"),
    );
  }
  if (report.sightings === before)
    report.pass("The token endpoint accepts the client, and the worker can read its responses");
}

/** RFC 6749 section 5.2. */
function errorOf(body: string): string | undefined {
  try {
    const { error } = JSON.parse(body);
    return typeof error === "string" ? error : undefined;
  } catch {
    return undefined;
  }
}

/** Signs out no one: without a cookie there is no session. */
async function examineLogoutEndpoint(
  { logoutEndpoint, clientId }: Endpoints,
  signOutUri: string,
  requests: Requests,
  report: Report,
): Promise<void> {
  if (logoutEndpoint === undefined) return;
  const url = new URL(logoutEndpoint);
  url.searchParams.set("client_id", clientId);
  // Like the vault's request: Cognito uses the first, OpenID Connect RP-Initiated Logout the second.
  url.searchParams.set("logout_uri", signOutUri);
  url.searchParams.set("post_logout_redirect_uri", signOutUri);
  const response = await requests.ask(url);
  if (response instanceof Error)
    return requests.lacks("logout_endpoint_unreachable", logoutEndpoint, response);
  const { error } = targetOf(response, signOutUri);
  if (response.status >= 400 || error !== undefined) {
    return report.find("sign_out_uri_refused", signOutUri, error ?? `${response.status} and a page`);
  }
  report.pass(`The provider accepts the sign-out URL ${signOutUri}`);
}
