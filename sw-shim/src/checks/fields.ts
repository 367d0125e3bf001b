// Header fields other than the policy, read as browsers read them.

/** `no-store`, `max-age`, and so on, in lower case, with the argument if there is one. */
export function cacheDirectives(headers: Headers): Map<string, string> {
  const directives = (headers.get("cache-control") ?? "").toLowerCase().split(",");
  return new Map(
    directives.map((directive) => {
      const [name = "", argument = ""] = directive.split("=");
      return [name.trim(), argument.trim().replace(/^"|"$/g, "")];
    }),
  );
}

/** The last policy that a browser knows, which is the one that counts (Referrer Policy, section 8.1). */
export function referrerPolicy(headers: Headers): string | undefined {
  const tokens = (headers.get("referrer-policy") ?? "").split(",").map((token) => token.trim().toLowerCase());
  return tokens.filter((token) => REFERRER_POLICIES.has(token)).at(-1);
}

const REFERRER_POLICIES = new Set([
  "no-referrer",
  "no-referrer-when-downgrade",
  "same-origin",
  "origin",
  "strict-origin",
  "origin-when-cross-origin",
  "strict-origin-when-cross-origin",
  "unsafe-url",
]);

/** One structured item; two headers make a list, which browsers take for no header at all (HTML, section 7.1.3). */
export function openerPolicy(headers: Headers): string | undefined {
  return /^\s*([a-z-]+)\s*(;.*)?$/.exec(headers.get("cross-origin-opener-policy") ?? "")?.[1];
}

/** `deny` or `sameorigin`; anything else, and contradictions, are nothing (HTML, section 7.7). */
export function frameOptions(headers: Headers): string | undefined {
  const values = new Set(
    (headers.get("x-frame-options") ?? "").split(",").map((text) => text.trim().toLowerCase()),
  );
  const [value] = values;
  return values.size === 1 ? value : undefined;
}

export function isNosniff(headers: Headers): boolean {
  const [first = ""] = (headers.get("x-content-type-options") ?? "").split(",");
  return first.trim().toLowerCase() === "nosniff";
}

/** A JavaScript MIME type, which browsers want of every worker script (MIME Sniffing, section 4.6). */
export function isJavaScript(headers: Headers): boolean {
  const [essence = ""] = (headers.get("content-type") ?? "").split(";");
  return /^((text|application)\/(x-)?(java|ecma)script|text\/(jscript|livescript|javascript1\.[0-5]))$/.test(
    essence.trim().toLowerCase(),
  );
}
