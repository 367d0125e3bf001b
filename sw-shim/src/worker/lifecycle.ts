import { keepOtherRequestsAway } from "./static-routes";

declare const STRONGROOM_VERSION: string;

/** Asks a new version of the worker to take over. Sent by a page it changes nothing: each version tries this at its installation. */
export const TAKE_OVER = "strongroom:take-over";

/** How long this version stays for the body of a response while a new one waits, in milliseconds. */
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
 * The response to `event`. While a new version waits, this one stays until the browser has the whole body. Otherwise WebKit stops it as
 * soon as its last response has begun, and the page gets only a part of the body.
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
 * Reads a copy of a response, for a limited time: it may be an event stream, and the copy takes memory until the page has read its own.
 * The sink reports the end of that time, because `pipeTo` then waits for the page to cancel.
 */
function read({ body }: Response): Promise<unknown> {
  return new Promise((end) => {
    const signal = AbortSignal.timeout(LONGEST_DELIVERY);
    Promise.resolve(body?.pipeTo(new WritableStream({ abort: end }), { signal })).then(end, end);
  });
}
