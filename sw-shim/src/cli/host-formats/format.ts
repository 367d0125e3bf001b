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
  /** The callback when no worker runs: no document. */
  callback: PageRule;
  /** Everything else below the base path: a page. */
  endpoints: PageRule;
  workers: HostRule[];
  app: HostRule;
}

export type PageRule = HostRule & { page: NonNullable<HostRule["page"]> };

export function kindsOf(rules: HostRule[]): Kinds {
  const [callback, endpoints] = rules.filter((rule): rule is PageRule => rule.page !== undefined);
  const app = rules.find(({ path }) => path === "/*");
  if (!callback || !endpoints || !app) {
    throw new Error("headers.json lacks a rule of the endpoints or that of the app");
  }
  const workers = rules.filter((rule) => rule.page === undefined && rule !== app);
  return { callback, endpoints, workers, app };
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

/** Without the content type, which the host derives from the file name. */
export function withoutOwnTypes({ "Content-Type": _type, ...headers }: HostRule["headers"]) {
  return headers;
}

export function indent(text: string, spaces: number): string {
  return text.replace(/^(?=.)/gm, " ".repeat(spaces));
}
