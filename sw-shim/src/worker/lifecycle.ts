import { keepOtherRequestsAway } from "./static-routes";

declare const STRONGROOM_VERSION: string;

/** Asks a new version of the worker to take over. Sent by a page it changes nothing: each version tries this at its installation. */
export const TAKE_OVER = "strongroom:take-over";

/** How long the body of a response may keep this version, while a new one waits, in milliseconds. */
const LONGEST_DELIVERY = 5_000;

/**
 * What the vault and the interceptor have in common: each version becomes active as soon as possible, claims the pages, and responds to
 * their greeting.
 *
 * @param handledUrls The URLs at and below which the worker handles requests.
 * @param facts Public facts that the response to a greeting contains in addition to the version and the registration's scope.
 */
export function takeControl(scope: ServiceWorkerGlobalScope, handledUrls: string[], facts: object): void {
  scope.addEventListener("install", (event) => {
    keepOtherRequestsAway(event, handledUrls);
    event.waitUntil(scope.skipWaiting());
  });
  scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));
  scope.addEventListener("message", (event) => {
    if (event.data === "strongroom:hello") event.waitUntil(greet(scope, event, facts));
    if (event.data === TAKE_OVER) event.waitUntil(scope.skipWaiting());
  });
}

/** Claims the page, as after a shift-reload, and identifies this worker. */
async function greet(
  scope: ServiceWorkerGlobalScope,
  event: ExtendableMessageEvent,
  facts: object,
): Promise<void> {
  await scope.clients.claim();
  event.ports[0]?.postMessage({ version: STRONGROOM_VERSION, scope: scope.registration.scope, ...facts });
}

/**
 * The response to `event`. While a new version waits, this one stays until the browser has all of it. WebKit would stop it as soon as the
 * last response has begun: the page would get a part of the body, or WebKit would send the request once more, past the worker.
 */
export async function deliver(
  scope: ServiceWorkerGlobalScope,
  event: FetchEvent,
  responding: Promise<Response> | Response,
): Promise<Response> {
  const response = await responding;
  if (scope.registration.waiting) event.waitUntil(read(response.clone()));
  return response;
}

/**
 * Reads a response, for a limited time: it may be an event stream, and it takes memory until the page has read it too. Once the time is
 * over, `pipeTo` itself waits until the page has cancelled its copy.
 */
function read({ body }: Response): Promise<void> {
  return new Promise((abort) => {
    Promise.resolve(
      body?.pipeTo(new WritableStream({ abort }), { signal: AbortSignal.timeout(LONGEST_DELIVERY) }),
    ).then(abort, abort);
  });
}
