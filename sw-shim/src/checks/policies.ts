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
