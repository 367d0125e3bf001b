import type { Report } from "../../checks/findings";
import type { Received, Sent } from "../../checks/network";
import { isReadableBy, type Requests, summaryOf } from "./requests";

/** An invalid token that is easy to find in logs. */
const MADE_UP = "strongroom-doctor-has-no-token";

/**
 * Checks one URL of an API: the CORS preflight, and the response to an invalid token.
 *
 * @param origin The origin of the vault, which sends the requests.
 * @param app The app's origin, if that is another one.
 */
export async function examineApi(
  url: URL,
  { origin, app }: { origin: string; app?: string },
  requests: Requests,
  report: Report,
): Promise<void> {
  const isElsewhere = url.origin !== origin;
  const before = report.sightings;
  if (isElsewhere) {
    const preflight = await requests.ask(url, preflightOf(origin));
    if (preflight instanceof Error) return requests.lacks("api_unreachable", url, preflight);
    examinePreflight(url, preflight, origin, report);
  }
  const response = await requests.ask(url, { headers: { origin, authorization: `Bearer ${MADE_UP}` } });
  if (response instanceof Error) return requests.lacks("api_unreachable", url, response);
  examineRefusal(url, response, isElsewhere && !isReadableBy(origin, response), report);
  if (report.sightings === before) {
    const reader = app === undefined ? "the app" : "the vault";
    report.pass(
      `The API at ${url} refuses an invalid token${isElsewhere ? `, and ${reader} can read the response` : ""}`,
    );
  }
  if (app !== undefined && url.origin !== app) await examineNeed(url, app, requests, report);
}

/** The app sends no request with a token, so the API need not allow its origin. */
async function examineNeed(url: URL, app: string, requests: Requests, report: Report): Promise<void> {
  const preflight = await requests.ask(url, preflightOf(app));
  if (preflight instanceof Error) return;
  const allowed = preflight.headers.get("access-control-allow-origin");
  if (allowed === app) report.find("api_allows_the_app", url, `Access-Control-Allow-Origin: ${allowed}`);
  else report.pass(`The API at ${url} need not allow the app's origin`);
}

function preflightOf(origin: string): Sent {
  return {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "GET",
      "access-control-request-headers": "authorization",
    },
  };
}

/** Fetch, "CORS-preflight fetch": any 2xx status is fine, and `*` never includes Authorization. */
function examinePreflight(url: URL, preflight: Received, origin: string, report: Report): void {
  const { status, headers } = preflight;
  if (status < 200 || status > 299 || !isReadableBy(origin, preflight)) {
    const allowed = headers.get("access-control-allow-origin");
    report.find(
      "api_without_cors",
      url,
      `${summaryOf(preflight)}, Access-Control-Allow-Origin: ${allowed ?? "none"}`,
    );
    return;
  }
  const allowed = headers.get("access-control-allow-headers");
  const names = (allowed ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  if (!names.includes("authorization")) report.find("api_forbids_authorization", url, allowed);
}

function examineRefusal(url: URL, response: Received, isHidden: boolean, report: Report): void {
  const { status, headers, body } = response;
  if (body.includes(MADE_UP) || [...headers.values()].some((value) => value.includes(MADE_UP))) {
    report.find("api_echoes_token", url, `${status}, with the token`);
  }
  if (status >= 200 && status < 300) report.find("api_takes_any_token", url, summaryOf(response));
  else if (status !== 401 && status !== 403) report.find("api_401_unseen", url, String(status));
  else if (isHidden) {
    report.find("api_401_without_cors", url, headers.get("access-control-allow-origin"));
  }
}
