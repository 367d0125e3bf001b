import { deliver, takeControl } from "../worker/lifecycle";
import { isSafe } from "./link";
import { Links } from "./links";
import { parseOptions } from "./options";
import { COMMON_HEADERS, type ProblemCode, problem } from "./problem";
import { type Route, route } from "./route";
import type { InterceptOptions } from "./strongroom-interceptor";
import { Versions } from "./versions";

declare const self: ServiceWorkerGlobalScope;

let started = false;

/**
 * Passes the app's API requests to the vault on its own origin, through a port of the requesting page. Call it once, during the
 * script's first evaluation: browsers ignore listeners that are added later.
 *
 * @throws Error that names the wrong option and the fix. Browsers do not install a script that throws, so a broken version never
 * replaces a working one.
 */
export function intercept(options: InterceptOptions): void {
  if (started) throw new Error("strongroom.intercept: called twice. Call it once per worker.");
  const { clients, location, registration } = self;
  const scope = new URL(registration ? registration.scope : "./", location.href);
  const settings = parseOptions(options, scope);
  started = true;
  // The page client evaluates a script that cannot be registered as a dedicated worker, to read its error.
  if (!registration) return;
  const { vault, api, basePath } = settings;
  const links = new Links(clients);
  const versions = new Versions(self, () => links.drain());
  const refuse = (code: ProblemCode, request: Request) =>
    // The page client begins a silent sign-in without the user. With a 204 the page stays, and tries again later.
    isSilent(request, `${scope.origin}${basePath}/login?`)
      ? new Response(null, { status: 204 })
      : problem(code, request, scope.pathname);

  takeControl(self, [...api.map(String), scope.origin + basePath], { basePath, vault });
  self.addEventListener("message", (event) => links.receive(event));
  self.addEventListener("fetch", (event) => {
    versions.look(registration.waiting);
    const { request } = event;
    const to = route(settings, scope.origin, request);
    if (to === "pass") return;
    event.respondWith(deliver(self, event, to === "not_found" ? refuse(to, request) : relay(event, to)));
  });

  async function relay({ request, clientId }: FetchEvent, to: Exclude<Route, string> | `/${string}`) {
    const send = async () => {
      const link = links.own(clientId) ?? (await links.find(clientId));
      if (typeof link === "string") return refuse(link, request);
      request.signal.throwIfAborted();
      return link.fetch(request, String(to), () => versions.isDraining);
    };
    // The page may have removed its frame just now. A request with another method may have had its effect.
    const again = async () => (isSafe(request) ? send() : undefined);
    const response = (await send()) ?? (await again()) ?? Response.error();
    return request.mode === "navigate" ? followLogin(response, request) : response;
  }

  /**
   * Turns the vault's response to a login into one to a navigation. Only once its body is complete, because the navigation ends the page,
   * and with it the relay that the body comes from.
   */
  async function followLogin(response: Response, request: Request): Promise<Response> {
    const { status, headers } = response;
    if (status === 204) return response;
    const text = await response.text().catch(() => "");
    if (!text) return refuse("vault_unreachable", request);
    if (status === 200) {
      const location = locationIn(text);
      // Script of another page, whose port this may be, cannot choose where a sign-in leads.
      return typeof location === "string" && location.startsWith(`${vault}/`)
        ? Response.redirect(location)
        : refuse("vault_unreachable", request);
    }
    const contentType = headers.get("content-type") ?? "text/plain";
    return new Response(text, { status, headers: { ...COMMON_HEADERS, "content-type": contentType } });
  }
}

/**
 * A script that imports the interceptor but never starts it is not installed. Otherwise the library file, registered itself, would
 * control pages and respond to nothing.
 */
// Not in Node.js, where tests and build tools import `strongroom/interceptor`.
if (typeof self !== "undefined") {
  self.addEventListener("install", (event) => {
    if (started) return;
    const error = new Error(
      "strongroom-interceptor.js was registered as a worker. Register the script that calls strongroom.intercept instead.",
    );
    event.waitUntil(Promise.reject(error));
  });
}

/** The `location` of a response's JSON. Not trusted: script of the app can bring a relay of its own. */
function locationIn(json: string): unknown {
  try {
    return JSON.parse(json)?.location;
  } catch {
    return undefined;
  }
}

function isSilent({ mode, url }: Request, login: string): boolean {
  const silent = new URL(url).searchParams.get("silent");
  return url.startsWith(login) && silent === (mode === "navigate" ? "1" : "frame");
}
