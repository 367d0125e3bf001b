import { LIBRARY } from "../configuration/paths";

/** The directives that an app may extend. The vault's protection depends on the others, or no app needs them. */
const OPENABLE = [
  "connect-src",
  "font-src",
  "form-action",
  "frame-ancestors",
  "frame-src",
  "img-src",
  "manifest-src",
  "media-src",
  "script-src",
  "style-src",
  "trusted-types",
  "worker-src",
] as const;

/**
 * Further sources of the app's policy, by directive. Sources of `worker-src` are paths of the app's origin.
 *
 * @example
 * ```ts
 * import type { AppPolicy } from "strongroom/headers";
 *
 * export const policy: AppPolicy = {
 *   "font-src": ["https://fonts.example.com"],
 *   "trusted-types": ["dompurify"],
 *   "worker-src": ["/pdf.worker.js"],
 * };
 * ```
 */
export type AppPolicy = Partial<Record<(typeof OPENABLE)[number], string[]>>;

/**
 * Refuses sources that would weaken the vault's protection. `login` is the URL where users sign in.
 *
 * @throws TypeError that names the directive and the fix.
 */
export function checkAppPolicy(policy: AppPolicy, login: URL): void {
  for (const [directive, sources] of Object.entries(policy) as [string, unknown][]) {
    if (!(OPENABLE as readonly string[]).includes(directive)) {
      throw new TypeError(`policy: "${directive}" cannot be extended. Use one of: ${OPENABLE.join(", ")}.`);
    }
    if (!Array.isArray(sources)) {
      throw new TypeError(`policy: "${directive}" must be a list of sources, such as ["${sources}"].`);
    }
    for (const source of sources) {
      const why = refusal(directive, String(source), login);
      if (why) throw new TypeError(`policy: "${source}" in "${directive}" ${why}`);
    }
  }
}

/** Why `source` must not be added to `directive`, as the second half of a sentence. */
export function refusal(directive: string, source: string, login: URL): string | undefined {
  if (!/^[^\s;,]+$/.test(source)) return "is not a single source. Write each source as a separate string.";
  if (directive === "trusted-types") return refusalOfName(source);
  if (directive === "worker-src") return refusalOfWorker(source);
  if (/^'nonce-/i.test(source)) {
    return "would be the same in every response, so anyone who has seen the page can use it, as with 'unsafe-inline'. Use a hash, or have your server add a new nonce to each response.";
  }
  if (directive === "script-src" && /^'unsafe-(inline|eval)'$/i.test(source)) {
    return "allows injected script to run. Use a hash for inline script, or move it into a file.";
  }
  const isAnyHost = /^([a-z][\w+.-]*:(\/\/)?)?\*(:|\/|$)|^(https?|wss?):$/i.test(source);
  if (isAnyHost && CLOSED.includes(directive)) return "allows every host. List the hosts instead.";
  if (directive === "frame-src" && (source === "'self'" || mayBe(source, login))) {
    return "allows injected script to get authorization codes. Remove the login domain and 'self' from frame-src.";
  }
  if (directive === "script-src" && /^[a-z][\w+.-]*:$/i.test(source))
    return "allows script made from text. List hosts or hashes instead.";
}

/** `tt-policy-name` of the Trusted Types specification. Next.js has one with a # in it. */
function refusalOfName(name: string): string | undefined {
  if (name === "default") {
    return "allows injected script to register its own worker, because browsers pass all text through the default policy. Give the library a policy with its own name.";
  }
  if (name === "*" || /^'allow-duplicates'$/i.test(name)) {
    return "allows injected script to create a policy that accepts all text, and to register its own worker. List the policies that your libraries create.";
  }
  if (!/^[\w\-#=/@.%]+$/.test(name)) {
    return "is not a policy name. List the policies that your libraries create.";
  }
}

function refusalOfWorker(source: string): string | undefined {
  const path = /^\/(?![/\\])[^*?#]*$/.test(source) ? new URL(source, "http://localhost").pathname : undefined;
  if (source === "'self'" || path === "/") {
    return "allows injected script to register any file of the origin as the service worker. List the scripts by path.";
  }
  if (path === undefined) return "is not a path of the app's origin. Use one such as /pdf.worker.js.";
  if (path.endsWith(`/${LIBRARY}`)) {
    return "is only imported by the worker. Remove it: registered as a worker itself, it would replace the vault.";
  }
}

/** The sources that allow the scripts at `paths` on each of the app's origins. */
export function workerSources(paths: string[], origins: string | readonly string[]): string[] {
  return [origins].flat().flatMap((origin) =>
    paths.map((path) => {
      const { pathname } = new URL(path, "http://localhost");
      return `${origin}${pathname.replaceAll(";", "%3B").replaceAll(",", "%2C")}`;
    }),
  );
}

/** Whether a host source (CSP Level 3, section 2.3.1) covers the host of `url`. Ignores scheme and port. */
function mayBe(source: string, { hostname }: URL): boolean {
  const host =
    source
      .replace(/^[a-z][\w+.-]*:\/\//i, "")
      .split(/[:/]/)[0]
      ?.toLowerCase() ?? "";
  return host.startsWith("*.") ? hostname.endsWith(host.slice(1)) : host === hostname;
}

/** Directives in which one host too many lets script in or data out. The page has no tokens, but it has user data. */
const CLOSED = ["connect-src", "form-action", "frame-ancestors", "frame-src", "script-src"];

/** Adds `sources` to the policy in `headers`. A missing directive starts with the sources of its fallback. */
export function openPolicy(
  headers: Record<string, string>,
  sources: Partial<Record<string, string[]>>,
): Record<string, string> {
  const { "Content-Security-Policy": policy = "" } = headers;
  const directives = new Map(policy.split("; ").map((directive) => split(directive)));
  for (const [name, added = []] of Object.entries(sources)) {
    if (added.length === 0) continue;
    const present = directives.get(name) ?? directives.get("default-src") ?? [];
    directives.set(name, [...new Set([...present.filter((source) => source !== "'none'"), ...added])]);
  }
  const opened = [...directives].map(([name, values]) => [name, ...values].join(" ")).join("; ");
  return { ...headers, "Content-Security-Policy": opened };
}

function split(directive: string): [string, string[]] {
  const [name = "", ...values] = directive.split(" ");
  return [name, values];
}
