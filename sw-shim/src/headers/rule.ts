/**
 * A rule: the headers for a path.
 *
 * @example
 * ```ts
 * import type { HostRule } from "strongroom/headers";
 *
 * export function print({ path, headers, page }: HostRule): void {
 *   console.log(path, page ? page.status : "the file", headers);
 * }
 * ```
 */
export interface HostRule {
  /** A path, or a prefix that ends in `/*`. */
  path: string;
  /** The headers to send, by name. */
  headers: Record<string, string>;
  /** The response to send instead of a file. Never serve the app here. With status 204 the body is empty. */
  page?: { status: number; body: string };
}

/**
 * Returns the first rule that matches a path.
 *
 * @param rules The result of {@link hostRules} or {@link vaultOriginRules}.
 * @param pathname The path of a request, without query.
 * @returns The rule.
 *
 * @example
 * ```ts
 * import type { ServerResponse } from "node:http";
 * import { type HostRule, ruleFor } from "strongroom/headers";
 *
 * export function sendHeaders(rules: HostRule[], pathname: string, response: ServerResponse): void {
 *   for (const [name, value] of Object.entries(ruleFor(rules, pathname).headers)) response.setHeader(name, value);
 * }
 * ```
 */
export function ruleFor(rules: HostRule[], pathname: string): HostRule {
  const rule = rules.find(({ path }) =>
    path.endsWith("/*") ? pathname.startsWith(path.slice(0, -1)) : path === pathname,
  );
  if (!rule)
    throw new Error(`no rule for ${pathname}: hostRules() and vaultOriginRules() always end with "/*"`);
  return rule;
}

/** The distinct origins of `urls`. Relative URLs are left out: every policy has the app's own origin. */
export function originsOf(urls: readonly string[]): string {
  return [...new Set(urls.filter((url) => URL.canParse(url)).map((url) => new URL(url).origin))].join(" ");
}

/** Replaces the placeholders of headers.json. */
export function filler(values: Record<string, string>): (text: string) => string {
  return (text) =>
    text
      .replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "")
      // Removes the blanks that an empty value leaves.
      .replace(/ +(?=[ ;]|$)/g, "");
}
