import { isNone, namesItsHosts, type Policies } from "./policies";

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

export function openerPolicy(headers: Headers): string | undefined {
  return item(headers, "cross-origin-opener-policy");
}

/** A header with one structured item. Browsers ignore it if it was sent twice, which makes it a list (HTML, section 7.1.3). */
export function item(headers: Headers, name: string): string | undefined {
  return /^\s*([a-z-]+|\?[01])\s*(;.*)?$/.exec(headers.get(name) ?? "")?.[1];
}

/** The value of `X-Frame-Options`, unless there are contradicting ones. `deny` and `sameorigin` have an effect (HTML, section 7.7). */
function frameOptions(headers: Headers): string | undefined {
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

/** Whether the type is one of JavaScript, which browsers require of every worker script (MIME Sniffing, section 4.6). */
export function isJavaScript(headers: Headers): boolean {
  const [essence = ""] = (headers.get("content-type") ?? "").split(";");
  return /^((text|application)\/(x-)?(java|ecma)script|text\/(jscript|livescript|javascript1\.[0-5]))$/.test(
    essence.trim().toLowerCase(),
  );
}

/** Whether browsers and caches ask the host again before they use a stored response. */
export function isAskedForAgain(headers: Headers): boolean {
  const directives = cacheDirectives(headers);
  return directives.has("no-cache") || directives.has("no-store") || directives.get("max-age") === "0";
}

interface Framed {
  policies: Policies;
  headers: Headers;
}

/**
 * Who may show a response in a frame. `X-Frame-Options` applies only if no policy has `frame-ancestors` (CSP Level 3, section 6.4.2).
 * `'self'` and `SAMEORIGIN` do not stop pages of the same origin: that is `some`.
 */
export function framers({ policies, headers }: Framed): "nobody" | "some" | "anybody" {
  if (policies.say("frame-ancestors")) {
    if (policies.forbid("frame-ancestors", isNone)) return "nobody";
    return policies.forbid("frame-ancestors", namesItsHosts) ? "some" : "anybody";
  }
  switch (frameOptions(headers)) {
    case "deny":
      return "nobody";
    case "sameorigin":
      return "some";
    default:
      return "anybody";
  }
}

/** The relevant header, for messages. */
export function describeFramers({ policies, headers }: Framed): string | null {
  return policies.describe("frame-ancestors") ?? headers.get("x-frame-options");
}
