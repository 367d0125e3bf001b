import type { Settings } from "./options";

/** The properties that decide a request's route. */
export type RoutedRequest = Pick<Request, "url" | "method" | "mode" | "destination">;

/**
 * What the interceptor does with a request: `"pass"` leaves it to the browser, `"not_found"` refuses it. Otherwise the request
 * goes to the vault: to the URL of an API, or to an endpoint, whose path below the base path begins with a slash.
 */
export type Route = "pass" | "not_found" | URL | `/${string}`;

/**
 * Routes `request`. This only selects: the vault decides again, by the rule of `crate/core/src/policy.rs`.
 *
 * @param origin The app's origin.
 */
export function route({ api, basePath }: Settings, origin: string, request: RoutedRequest): Route {
  const url = new URL(request.url);
  if (url.origin === origin && isAtOrBelow(url.pathname, basePath)) {
    const endpoint = url.pathname.slice(basePath.length);
    return isEndpoint(endpoint, url.searchParams.get("silent"), request)
      ? (`${endpoint}${url.search}` as `/${string}`)
      : "not_found";
  }
  const isApi = api.some((base) => url.origin === base.origin && isAtOrBelow(url.pathname, base.pathname));
  return isApi && carriesData(request) && !url.username && !url.password ? url : "pass";
}

function isEndpoint(
  path: string,
  silent: string | null,
  { method, mode, destination }: RoutedRequest,
): boolean {
  const isFetch = mode !== "navigate" && destination === "";
  if (path !== "/login") return isFetch && /^\/(session|events|refresh|logout)$/.test(path);
  return method === "GET" && (silent === "frame" ? isFetch : destination === "document");
}

/** Whether the response is data for the page or worker that made the request, not a document or code. */
function carriesData({ mode, destination }: RoutedRequest): boolean {
  return (
    ["cors", "no-cors", "same-origin"].includes(mode) &&
    ["", "audio", "font", "image", "track", "video"].includes(destination)
  );
}

function isAtOrBelow(path: string, base: string): boolean {
  return path === base || path.startsWith(base.endsWith("/") ? base : `${base}/`);
}
