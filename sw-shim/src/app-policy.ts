/** Directives that an app may extend. The vault's protection depends on the others, or no app needs them. */
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
 * Further sources of the app's own policy, by directive: `{ "font-src": ["https://fonts.example.com"] }`. Sources of
 * `worker-src` are paths of the app's own origin: `{ "worker-src": ["/pdf.worker.js"] }`.
 */
export type AppPolicy = Partial<Record<(typeof OPENABLE)[number], string[]>>;

/**
 * Refuses what would weaken the protection of the vault. `login` is where users sign in.
 *
 * @throws TypeError naming the directive, and what to do.
 */
export function checkAppPolicy(policy: AppPolicy, login: URL): void {
  for (const [directive, sources] of Object.entries(policy) as [string, unknown][]) {
    if (!(OPENABLE as readonly string[]).includes(directive)) {
      throw new TypeError(
        `policy: "${directive}" cannot be extended. Directives that can: ${OPENABLE.join(", ")}.`,
      );
    }
    if (!Array.isArray(sources)) {
      throw new TypeError(`policy: "${directive}" has to be a list of sources, such as ["${sources}"].`);
    }
    for (const source of sources) {
      const why = refusal(directive, String(source), login);
      if (why) throw new TypeError(`policy: "${source}" in "${directive}" ${why}`);
    }
  }
}

/** Why `source` must not be added to `directive`, as the end of a sentence. */
export function refusal(directive: string, source: string, login: URL): string | undefined {
  if (!/^[^\s;,]+$/.test(source)) return "is not a single source. Write each source as a string of its own.";
  if (directive === "trusted-types") return refusalOfName(source);
  if (directive === "worker-src") return refusalOfWorker(source);
  if (/^'nonce-/i.test(source)) {
    return "would be the same in every response, and whoever has seen the page once can use it: a constant nonce is 'unsafe-inline'. Use a hash, or have your server add a new nonce to each response.";
  }
  if (directive === "script-src" && /^'unsafe-(inline|eval)'$/i.test(source)) {
    return "lets injected script run. Give inline script a nonce or a hash, or put it into a file.";
  }
  const isAnyHost = /^([a-z][\w+.-]*:(\/\/)?)?\*(:|\/|$)|^(https?|wss?):$/i.test(source);
  if (isAnyHost && CLOSED.includes(directive)) return "allows every host. Name the hosts.";
  if (directive === "frame-src" && (source === "'self'" || mayBe(source, login))) {
    return "gives injected script a way to authorization codes. Keep the login domain and 'self' out of frame-src.";
  }
  if (directive === "script-src" && /^[a-z][\w+.-]*:$/i.test(source)) return "runs script made from text.";
}

/** `tt-policy-name` of the Trusted Types specification. Next.js has one with a # in it. */
function refusalOfName(name: string): string | undefined {
  if (name === "default") {
    return "lets injected script register a worker of its own: the browser passes every text through the default policy. Give the library a policy with a name of its own.";
  }
  if (name === "*" || /^'allow-duplicates'$/i.test(name)) {
    return "lets injected script create a policy that passes every text, and register a worker of its own. Name the policies that your libraries create.";
  }
  if (!/^[\w\-#=/@.%]+$/.test(name)) {
    return "is not the name of a policy. Name the policies that your libraries create.";
  }
}

function refusalOfWorker(source: string): string | undefined {
  const path = /^\/(?![/\\])[^*?#]*$/.test(source) ? new URL(source, "http://localhost").pathname : undefined;
  if (source === "'self'" || path === "/") {
    return "lets injected script register any file of the origin as the service worker. Name the scripts.";
  }
  if (path === undefined) return "is not a path of the app's own origin, such as /pdf.worker.js.";
  if (path.endsWith("/strongroom-worker.js")) {
    return "is only imported by the worker. As a worker by itself it takes the place of the vault.";
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

/** Whether a host source (CSP Level 3, section 2.3.1) covers the host of `url`; its scheme and port are left aside. */
function mayBe(source: string, { hostname }: URL): boolean {
  const host =
    source
      .replace(/^[a-z][\w+.-]*:\/\//i, "")
      .split(/[:/]/)[0]
      ?.toLowerCase() ?? "";
  return host.startsWith("*.") ? hostname.endsWith(host.slice(1)) : host === hostname;
}

/** Directives in which one host too many lets script in or data out. The page has no tokens, but it has what it shows. */
const CLOSED = ["connect-src", "form-action", "frame-ancestors", "frame-src", "script-src"];

/** A policy with `sources` added. A directive that it lacks begins with what it falls back to. */
export function openPolicy(policy: string, sources: Partial<Record<string, string[]>>): string {
  const directives = new Map(policy.split("; ").map((directive) => split(directive)));
  for (const [name, added = []] of Object.entries(sources)) {
    if (added.length === 0) continue;
    const present = directives.get(name) ?? directives.get("default-src") ?? [];
    directives.set(name, [...new Set([...present.filter((source) => source !== "'none'"), ...added])]);
  }
  return [...directives].map(([name, values]) => [name, ...values].join(" ")).join("; ");
}

function split(directive: string): [string, string[]] {
  const [name = "", ...values] = directive.split(" ");
  return [name, values];
}
