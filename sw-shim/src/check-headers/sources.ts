// Source lists of a Content Security Policy in lower case: what they let through (CSP Level 3, section 6.7).

/** Nothing at all: an empty list, or `'none'` alone. */
export function isNone(sources: string[]): boolean {
  return sources.every((source) => source === "'none'");
}

/** `'unsafe-inline'` is void beside a nonce, a hash, or `'strict-dynamic'`. */
export function forbidsInline(sources: string[]): boolean {
  return (
    !sources.includes("'unsafe-inline'") ||
    sources.some((source) => /^'(nonce-|sha(256|384|512)-|strict-dynamic')/.test(source))
  );
}

/** Scripts: under `'strict-dynamic'`, hosts and schemes are void. */
export function namesItsScripts(sources: string[]): boolean {
  return sources.includes("'strict-dynamic'") || namesItsHosts(sources);
}

/** No `*`, and no scheme alone, which lets every host of the scheme through, or what script makes up (`data:`, `blob:`). */
export function namesItsHosts(sources: string[]): boolean {
  return !sources.some((source) => ANY_HOST.test(source) || SCHEME.test(source));
}

/** Whether every source is a keyword or one of `origins`. */
export function staysWithin(sources: string[], origins: ReadonlySet<string>, self: URL): boolean {
  return sources.every((source) => {
    if (source.startsWith("'")) return true;
    const url = source.includes("://") ? source : `${self.protocol}//${source}`;
    return URL.canParse(url) && origins.has(new URL(url).origin);
  });
}

/** Whether a request of a page at `self` to `target` gets through, redirects and the paths of sources left aside. */
export function lets(sources: string[], target: URL, self: URL): boolean {
  return sources.some((source) => {
    if (source === "*") return true;
    if (source === "'self'") return target.origin === self.origin;
    if (SCHEME.test(source)) return sameOrUpgraded(source, target.protocol);
    const [, scheme, host, port] = HOST.exec(source) ?? [];
    return (
      host !== undefined &&
      sameOrUpgraded(scheme ?? self.protocol, target.protocol) &&
      hostMatches(host, target.hostname) &&
      portMatches(port, target)
    );
  });
}

/** Whether a page at `self` may start the script at `script` as a worker. The sources' paths count (section 6.7.2.12). */
export function startsWorker(sources: string[], script: URL, self: URL): boolean {
  return sources.some((source) => {
    const [, path = ""] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^/']+(\/.*)$/.exec(source) ?? [];
    const isBelow = path.endsWith("/") && script.pathname.toLowerCase().startsWith(path);
    return lets([source], script, self) && (path === "" || isBelow || script.pathname.toLowerCase() === path);
  });
}

/** Whether workers may be made from text. A host, even `*`, stands for files: workers come from the page's own origin. */
export function startsText(sources: string[]): boolean {
  return sources.some((source) => ["blob:", "data:", "filesystem:"].includes(source));
}

const SCHEME = /^[a-z][a-z0-9+.-]*:$/;
const ANY_HOST = /^([a-z][a-z0-9+.-]*:\/\/)?\*(:(\d+|\*))?(\/.*)?$/;
const HOST = /^(?:([a-z][a-z0-9+.-]*:)\/\/)?(\*|(?:\*\.)?[^:/*']+)(?::(\d+|\*))?(?:\/.*)?$/;

function sameOrUpgraded(allowed: string, actual: string): boolean {
  return allowed === actual || (allowed === "http:" && actual === "https:");
}

function hostMatches(pattern: string, hostname: string): boolean {
  if (pattern === "*") return true;
  return pattern.startsWith("*.") ? hostname.endsWith(pattern.slice(1)) : pattern === hostname;
}

function portMatches(port: string | undefined, { port: actual, protocol }: URL): boolean {
  const effective = actual || (protocol === "https:" ? "443" : "80");
  if (port === undefined) return actual === "";
  return port === "*" || port === effective || (port === "80" && effective === "443");
}
