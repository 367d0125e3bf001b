import type { HostRule } from "../../headers";
import { filesOf, type HostSettings, json, kindsOf, REQUEST_ORIGIN } from "./format";

/** A middleware of Cloudflare Pages, which runs before the files and before the rules of `_headers` and `_redirects`. */
export function cloudflare(settings: HostSettings): string {
  return edgeFunction(settings, {
    comment: [
      "Strongroom's host headers for Cloudflare Pages: save as functions/_middleware.js",
      "",
      "Do not use a _headers file: all matching rules apply, and the policies of the worker and of the app conflict.",
      "Nothing else may set these headers. A _routes.json must not exclude any path.",
    ],
    head: CLOUDFLARE,
  });
}

/** The middleware of a vault origin on Cloudflare Pages. */
export function cloudflareVault(rules: HostRule[]): string {
  return vaultFunction(rules, {
    comment: [
      "A vault origin on Cloudflare Pages: functions/_middleware.js in the folder with the vault's files",
      "",
      "The pages are in this function, because the host redirects /frame.html to /frame.",
    ],
    head: CLOUDFLARE,
  });
}

const CLOUDFLARE = "export const onRequest = async (context) => {\n  const { request } = context;";

/** An edge function. */
export function netlify(settings: HostSettings): string {
  return edgeFunction(settings, {
    comment: [
      "Strongroom's host headers for Netlify: save as netlify/edge-functions/strongroom.js",
      "",
      "Do not use [[headers]] in netlify.toml: all matching rules apply, and the policies of the worker and of the app",
      "conflict. Nothing else may set these headers.",
    ],
    ...NETLIFY,
  });
}

/** The edge function of a vault origin on Netlify. */
export function netlifyVault(rules: HostRule[]): string {
  return vaultFunction(rules, {
    comment: [
      "A vault origin on Netlify: netlify/edge-functions/strongroom.js in the folder with the vault's files",
      "",
      "The pages are in this function, because the host may redirect /frame.html to /frame.",
    ],
    ...NETLIFY,
  });
}

const NETLIFY = {
  head: "export default async (request, context) => {",
  tail: '\nexport const config = { path: "/*" };\n',
};

/** How a host calls a function for every request. */
interface EdgeHost {
  /** Comment at the top, without the leading slashes. */
  comment: string[];
  /** The head of the function: it brings `request` and `context`. */
  head: string;
  /** What follows the function. */
  tail?: string;
}

/**
 * A function that runs before the host's files. All matching header rules of these hosts apply together, and a worker with both the
 * app's policy and its own could neither start its WebAssembly nor reach the token endpoint.
 */
function edgeFunction({ rules }: HostSettings, { comment, head, tail = "" }: EdgeHost): string {
  const { callback, endpoints, workers, app } = kindsOf(rules);
  const [worker] = workers;
  return `${comment.map((line) => `// ${line}`.trimEnd()).join("\n")}

const callback = ${json(callback.headers)};
const endpoints = ${json(endpoints.headers)};
const worker = ${json(worker?.headers)};
const app = ${json(app.headers)};
const workers = ${json(workers.map(({ path }) => path))};
const page = ${json(endpoints.page.body)};

${head}
  const { pathname, origin } = new URL(request.url);
  // The worker's endpoints: never the app, and no document with a code in its URL.
  if (pathname === ${json(callback.path)}) {
    return new Response(null, { status: ${callback.page.status}, headers: callback });
  }
  if (pathname.startsWith(${json(endpoints.path.slice(0, -1))})) {
    return new Response(page, { status: ${endpoints.page.status}, headers: endpoints });
  }
  const response = await context.next();
  const headers = new Headers(response.headers);
  // In place of a missing worker script there may be the app's page, which must not look like a script.
  const isWorker = workers.includes(pathname) && response.ok && !headers.get("content-type")?.startsWith("text/html");
  for (const [name, value] of Object.entries(isWorker ? worker : app)) {
    headers.set(name, value.replaceAll(${json(REQUEST_ORIGIN)}, origin));
  }
  const { status, statusText } = response;
  // A new response with one of these statuses must have no body.
  const body = [101, 204, 205, 304].includes(status) ? null : response.body;
  return new Response(body, { status, statusText, headers });
};
${tail}`;
}

/** A function that serves the pages itself, the scripts from the host's files, and nothing else. */
function vaultFunction(rules: HostRule[], { comment, head, tail = "" }: EdgeHost): string {
  const { files, missing } = filesOf(rules);
  return `${comment.map((line) => `// ${line}`.trimEnd()).join("\n")}

const files = ${json(files)};
const missing = ${json(missing)};
const respond = ({ headers, page }) => new Response(page.body, { status: page.status, headers });

${head}
  const { pathname } = new URL(request.url);
  const rule = files.find(({ path }) => path === pathname) ?? missing;
  if (rule.page) return respond(rule);
  const file = await context.next();
  if (!file.ok && file.status !== 304) return respond(missing);
  const headers = new Headers(file.headers);
  for (const [name, value] of Object.entries(rule.headers)) headers.set(name, value);
  return new Response(file.status === 304 ? null : file.body, { status: file.status, headers });
};
${tail}`;
}
