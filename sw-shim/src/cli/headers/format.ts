import type { HostOptions, HostRule } from "../../headers";

/** What every format is made from. */
export interface HostSettings {
  options: HostOptions;
  rules: HostRule[];
}

/** Stands for the origin of the request in rules of hosts that fill it in: any port of the host that was asked. */
export const REQUEST_ORIGIN = "request-origin.invalid:*";

/** The kinds of rules, as hosts want them: apart. */
export interface Kinds {
  /** The page that stands for the worker where there is none. */
  unfinished: PageRule;
  /** Everything else below the base path: a redirect to that page. */
  endpoints: PageRule & { location: string };
  workers: HostRule[];
  app: HostRule;
}

export type PageRule = HostRule & { page: NonNullable<HostRule["page"]> };

export function kindsOf(rules: HostRule[]): Kinds {
  const [unfinished, endpoints] = rules.filter((rule): rule is PageRule => rule.page !== undefined);
  const app = rules.find(({ path }) => path === "/*");
  const location = endpoints?.headers.Location;
  if (!unfinished || !endpoints || location === undefined || !app) {
    throw new Error("headers.json lacks a rule of the endpoints or that of the app");
  }
  const workers = rules.filter((rule) => rule.page === undefined && rule !== app);
  return { unfinished, endpoints: { ...endpoints, location }, workers, app };
}

/** `text` as a regular expression that matches it alone. */
export function literalPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

export function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** Without the type, which the host takes from the file's name, and without what only a redirect has. */
export function withoutOwnTypes({
  "Content-Type": _type,
  Location: _location,
  ...headers
}: HostRule["headers"]) {
  return headers;
}

export function indent(text: string, spaces: number): string {
  return text.replace(/^(?=.)/gm, " ".repeat(spaces));
}
