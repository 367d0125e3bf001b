/** Directives that an app may open for itself. The others are what the vault's promises rest on, or nobody's need. */
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
] as const;

/** Further sources of the app's own policy, by directive: `{ "font-src": ["https://fonts.example.com"] }`. */
export type AppPolicy = Partial<Record<(typeof OPENABLE)[number], string[]>>;

/**
 * Refuses what would take a promise of the vault away. `login` is where users sign in.
 *
 * @throws TypeError naming the directive, and what to do.
 */
export function checkAppPolicy(policy: AppPolicy, login: URL): void {
  for (const [directive, sources] of Object.entries(policy)) {
    if (!(OPENABLE as readonly string[]).includes(directive)) {
      throw new TypeError(`policy: "${directive}" cannot be opened. Those that can: ${OPENABLE.join(", ")}.`);
    }
    for (const source of sources) {
      const why = refusal(directive, source, login);
      if (why) throw new TypeError(`policy: "${source}" in "${directive}" ${why}`);
    }
  }
}

function refusal(directive: string, source: string, login: URL): string | undefined {
  if (!/^[^\s;,]+$/.test(source)) return "is no single source. Write each as a string of its own.";
  if (directive === "trusted-types") {
    // tt-policy-name of the Trusted Types specification. Next.js has one with a # in it.
    return /^[\w\-#=/@.%]+$/.test(source)
      ? undefined
      : "is no name of a policy. Name those that your libraries create.";
  }
  if (directive === "script-src" && /^'unsafe-(inline|eval)'$/i.test(source)) {
    return "would let injected script run. Give inline script a nonce or a hash, or put it into a file.";
  }
  const isAnyHost = /^([a-z][\w+.-]*:(\/\/)?)?\*(:|\/|$)|^(https?|wss?):$/i.test(source);
  if (isAnyHost && CLOSED.includes(directive)) return "lets every host through. Name the hosts.";
  if (directive === "frame-src" && (source === "'self'" || mayBe(source, login))) {
    return "gives injected script a way to authorization codes. Keep the login domain and 'self' out of frame-src.";
  }
  if (directive === "script-src" && /^[a-z][\w+.-]*:$/i.test(source)) return "lets script make up script.";
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

/** Where a host too many is a way out or in: tokens are not there to take, but what the page shows is. */
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
