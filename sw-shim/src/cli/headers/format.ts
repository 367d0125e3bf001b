import type { HostOptions, HostRule } from "../../headers";

/** What every format is made from. */
export interface HostSettings {
  options: HostOptions;
  rules: HostRule[];
}

/** The three kinds of rules, as hosts want them: apart. */
export function kindsOf(rules: HostRule[]): { endpoints: PageRule; workers: HostRule[]; app: HostRule } {
  const endpoints = rules.find((rule): rule is PageRule => rule.page !== undefined);
  const app = rules.find(({ path }) => path === "/*");
  if (!endpoints || !app) throw new Error("headers.json lacks the rule of the endpoints or of the app");
  return { endpoints, workers: rules.filter((rule) => rule !== endpoints && rule !== app), app };
}

type PageRule = HostRule & { page: NonNullable<HostRule["page"]> };

/** `text` as a regular expression that matches it alone. */
export function literalPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

export function indent(text: string, spaces: number): string {
  return text.replace(/^(?=.)/gm, " ".repeat(spaces));
}
