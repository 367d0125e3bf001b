import type { HostOptions, HostRule } from "../../headers";

/** The input of every format. */
export interface HostSettings {
  options: HostOptions;
  rules: HostRule[];
}

/** Placeholder for the request's origin, for hosts that insert it: any port of the requested host. */
export const REQUEST_ORIGIN = "request-origin.invalid:*";

/** The rules by kind. */
export interface Kinds {
  /** The page at the endpoints when no worker runs. */
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

/** The rules of a vault origin: its files, and every other path. */
export function filesOf(rules: HostRule[]): { files: HostRule[]; missing: PageRule } {
  const isMissing = (rule: HostRule): rule is PageRule => rule.path === "/*" && rule.page !== undefined;
  const missing = rules.find(isMissing);
  if (!missing) throw new Error("headers.json lacks the rule for paths without a file");
  return { files: rules.filter((rule) => rule !== missing), missing };
}

/** A regular expression that matches only `text`. */
export function literalPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

export function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** Without the content type, which the host derives from the file name, and without `Location`. */
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
