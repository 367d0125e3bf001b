import { createHash } from "node:crypto";
import parse from "content-security-policy-parser";

/** The fallbacks of directives (CSP Level 3, section 6.8.3). */
const FALLBACKS: Record<string, string[]> = {
  "script-src-elem": ["script-src", "default-src"],
  "script-src-attr": ["script-src", "default-src"],
  "worker-src": ["child-src", "script-src", "default-src"],
  "frame-src": ["child-src", "default-src"],
  "script-src": ["default-src"],
  "style-src-elem": ["style-src", "default-src"],
  "style-src-attr": ["style-src", "default-src"],
  "connect-src": ["default-src"],
  "font-src": ["default-src"],
  "img-src": ["default-src"],
  "manifest-src": ["default-src"],
  "media-src": ["default-src"],
  "object-src": ["default-src"],
};

/** The enforced policies of a response. What one of them blocks is blocked. */
export class Policies {
  /** The header as it was sent, for messages. */
  readonly text: string | null;
  readonly #policies: Map<string, string[]>[];

  constructor(headers: Headers) {
    const header = headers.get("content-security-policy");
    this.text =
      header ??
      (headers.has("content-security-policy-report-only")
        ? "only Content-Security-Policy-Report-Only, which blocks nothing"
        : null);
    // A comma separates policies, and `Headers` joins headers of the same name with one.
    this.#policies = (header ?? "")
      .split(",")
      .map(parse)
      .filter((policy) => policy.size > 0);
  }

  get none(): boolean {
    return this.#policies.length === 0;
  }

  /** The directives of each policy, by name, with their sources as they were sent. */
  get all(): readonly ReadonlyMap<string, readonly string[]>[] {
    return this.#policies;
  }

  /** Whether one of the policies has `directive`, or what it falls back to, with sources that `forbid`. */
  forbid(directive: string, forbids: (sources: string[]) => boolean): boolean {
    return this.#policies.some((policy) => {
      const sources = effective(policy, directive);
      return sources !== undefined && forbids(sources.map(lowerCase));
    });
  }

  /** The sources of `directive`, or of what it falls back to, as each policy that has them sent them. */
  lists(directive: string): string[][] {
    return this.#policies.flatMap((policy) => {
      const sources = effective(policy, directive);
      return sources ? [sources] : [];
    });
  }

  /** Whether one of the policies says `directive` itself. */
  say(directive: string): boolean {
    return this.#policies.some((policy) => policy.has(directive));
  }

  /** `directive` in all policies, for messages; `null` if none of them has it or a fallback. */
  describe(directive: string): string | null {
    const said = this.#policies.flatMap((policy) => {
      const name = [directive, ...(FALLBACKS[directive] ?? [])].find((candidate) => policy.has(candidate));
      return name === undefined ? [] : [[name, ...(policy.get(name) ?? [])].join(" ")];
    });
    return said.length === 0 ? null : said.join(", ");
  }

  /** The nonces that let inline scripts run. */
  nonces(): string[] {
    const ofScripts = ["script-src-elem", "script-src-attr", "script-src", "default-src"];
    return this.#policies
      .flatMap((policy) => ofScripts.flatMap((name) => policy.get(name) ?? []))
      .filter((source) => /^'nonce-/i.test(source));
  }
}

function effective(policy: Map<string, string[]>, directive: string): string[] | undefined {
  const name = [directive, ...(FALLBACKS[directive] ?? [])].find((candidate) => policy.has(candidate));
  return name === undefined ? undefined : policy.get(name);
}

/** Keywords, schemes and hosts ignore case. Nonces, hashes and paths do not: `lists` is for those who compare them. */
function lowerCase(source: string): string {
  return source.toLowerCase();
}

// What source lists of a Content Security Policy, in lower case, allow (CSP Level 3, section 6.7).

/** Whether the list allows nothing: it is empty, or only has `'none'`. */
export function isNone(sources: string[]): boolean {
  return sources.every((source) => source === "'none'");
}

/** Browsers ignore `'unsafe-inline'` beside a nonce, a hash or `'strict-dynamic'`. */
export function forbidsInline(sources: string[]): boolean {
  return (
    !sources.includes("'unsafe-inline'") ||
    sources.some((source) => /^'(nonce-|sha(256|384|512)-|strict-dynamic')/.test(source))
  );
}

/** For scripts: with `'strict-dynamic'`, browsers ignore hosts and schemes. */
export function namesItsScripts(sources: string[]): boolean {
  return sources.includes("'strict-dynamic'") || namesItsHosts(sources);
}

/** No `*`, and no bare scheme, which allows every host of the scheme, or content made by script (`data:`, `blob:`). */
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
  return sources.some((source) => matches(source.toLowerCase(), target, self));
}

/** The same with the paths of sources, which are case-sensitive: `sources` as they were sent. */
export function letsFile(sources: string[], target: URL, self: URL): boolean {
  return sources.some((source) => {
    const path = pathOf(source);
    return matches(source.toLowerCase(), target, self) && pathMatches(path, target.pathname);
  });
}

/**
 * Whether a text in the HTML itself runs or applies: an inline script or style by its nonce or hash, an attribute by its hash
 * if the list has `'unsafe-hashes'` (section 6.7.3.3). `sources` as they were sent.
 */
export function letsText(
  sources: string[],
  text: string,
  kind: "element" | "attribute",
  nonce?: string,
): boolean {
  const keywords = sources.map((source) => source.toLowerCase());
  if (!forbidsInline(keywords)) return true;
  if (kind === "element" && hasNonce(sources, nonce)) return true;
  if (kind === "attribute" && !keywords.includes("'unsafe-hashes'")) return false;
  return sources.some((source) => isHashOf(source, text));
}

/** Whether the list has the nonce of an element. A nonce is case-sensitive, the word before it is not. */
export function hasNonce(sources: string[], nonce: string | undefined): boolean {
  return sources.some((source) => /^'nonce-(.+)'$/i.exec(source)?.[1] === nonce && nonce !== undefined);
}

/** `'sha256-…'`, the source that stands for `text`. */
export function hashSource(text: string, algorithm = "sha256"): string {
  return `'${algorithm}-${createHash(algorithm).update(text).digest("base64")}'`;
}

function isHashOf(source: string, text: string): boolean {
  const [, algorithm = ""] = /^'(sha256|sha384|sha512)-/i.exec(source) ?? [];
  return algorithm !== "" && comparable(source) === comparable(hashSource(text, algorithm.toLowerCase()));
}

/** Base64 and base64url are the same here. */
function comparable(hash: string): string {
  const [, algorithm = "", digest = ""] = /^'([a-z0-9]+)-(.*)'$/i.exec(hash) ?? [];
  return `${algorithm.toLowerCase()}-${digest.replaceAll("-", "+").replaceAll("_", "/")}`;
}

/** Whether the list names all hashes of a script's `integrity` attribute, which then stand for its URL (section 6.7.1.1). */
export function hasIntegrity(sources: string[], integrity: string): boolean {
  const wanted = integrity.split(/\s+/).filter((hash) => /^sha(256|384|512)-/i.test(hash));
  const named = new Set(sources.map(comparable));
  return wanted.length > 0 && wanted.every((hash) => named.has(comparable(`'${hash.split("?")[0]}'`)));
}

/** "Does url match expression", without the path (section 6.7.2.8). */
function matches(source: string, target: URL, self: URL): boolean {
  if (source === "*") return /^(https?|wss?):$/.test(target.protocol) || target.protocol === self.protocol;
  if (source === "'self'") {
    const isUpgraded = self.protocol === "http:" && target.protocol === "https:";
    const arePortsDefault = self.port === "" && target.port === "";
    return (
      target.origin === self.origin || (isUpgraded && arePortsDefault && target.hostname === self.hostname)
    );
  }
  if (SCHEME.test(source)) return sameOrUpgraded(source, target.protocol);
  const [, scheme, host, port] = HOST.exec(source) ?? [];
  return (
    host !== undefined &&
    target.hostname !== "" &&
    sameOrUpgraded(scheme ?? self.protocol, target.protocol) &&
    hostMatches(host, target.hostname) &&
    portMatches(port, target)
  );
}

/** The path of a host source. A hash has slashes too. */
function pathOf(source: string): string {
  return source.startsWith("'") ? "" : source.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "").replace(/^[^/]*/, "");
}

/** A path that ends with a slash covers what is below it, any other path is exact (section 6.7.2.12). */
function pathMatches(path: string, actual: string): boolean {
  if (path === "" || (path === "/" && actual === "")) return true;
  const pieces = (text: string) => text.split("/").map(decoded);
  const allowed = pieces(path);
  const asked = pieces(actual);
  if (!path.endsWith("/")) return allowed.length === asked.length && isStart(allowed, asked);
  return isStart(allowed.slice(0, -1), asked);
}

function isStart(start: string[], of: string[]): boolean {
  return start.every((piece, index) => piece === of[index]);
}

function decoded(piece: string): string {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
}

/** Whether a page at `self` may start the script at `script` as a worker. The sources' paths count (section 6.7.2.12). */
export function startsWorker(sources: string[], script: URL, self: URL): boolean {
  return sources.some((source) => {
    const path = pathOf(source);
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
const HOST = /^(?:([a-z][a-z0-9+.-]*:)\/\/)?(\*|(?:\*\.)?(?:\[[^\]]+\]|[^:/*'[]+))(?::(\d+|\*))?(?:\/.*)?$/;

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
