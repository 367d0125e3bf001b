import type { HostSettings } from "./format";
import { kindsOf, REQUEST_ORIGIN } from "./format";

/**
 * An edge function. Netlify's own rules for headers add up where several match a path, and a worker under the app's
 * policy as well as its own could neither start its wasm nor reach the token endpoint.
 */
export function netlify({ rules }: HostSettings): string {
  const { unfinished, endpoints, workers, app } = kindsOf(rules);
  const [worker] = workers;
  return `// Strongroom's host headers for Netlify: netlify/edge-functions/strongroom.js
//
// An edge function and no [[headers]] in netlify.toml: of those, all that match a path count, and the worker's policy and
// the app's exclude each other. Nothing else may set these headers.

const unfinished = ${json(unfinished.headers)};
const endpoints = ${json(endpoints.headers)};
const worker = ${json(worker?.headers)};
const app = ${json(app.headers)};
const workers = ${json(workers.map(({ path }) => path))};
const page = ${json(unfinished.page.body)};

export default async (request, context) => {
  const { pathname, origin } = new URL(request.url);
  // The vault's endpoints: never the app, and no page that has the code in its URL.
  if (pathname === ${json(unfinished.path)}) {
    return new Response(page, { status: ${unfinished.page.status}, headers: unfinished });
  }
  if (pathname.startsWith(${json(endpoints.path.slice(0, -1))})) {
    return new Response(null, { status: ${endpoints.page.status}, headers: endpoints });
  }
  const response = await context.next();
  const headers = new Headers(response.headers);
  // A missing worker script is answered with the app, perhaps, and must not look like a script.
  const isWorker = workers.includes(pathname) && response.ok && !headers.get("content-type")?.startsWith("text/html");
  for (const [name, value] of Object.entries(isWorker ? worker : app)) headers.set(name, value.replaceAll(${json(REQUEST_ORIGIN)}, origin));
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
};

export const config = { path: "/*" };
`;
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
