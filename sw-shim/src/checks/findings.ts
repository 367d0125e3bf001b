import type { DEPLOYMENT_FINDINGS, Entry, HEADER_FINDINGS } from "./catalog";

/**
 * The stable code of a {@link HeaderFinding}. The documentation of the host headers lists them.
 *
 * @example
 * ```ts
 * import { checkHeaders, type HeaderFindingCode } from "strongroom/check-headers";
 *
 * const accepted: HeaderFindingCode[] = ["error_page_without_policy"];
 * const findings = await checkHeaders("https://app.example.com/");
 * const open = findings.filter(({ code }) => !accepted.includes(code));
 * ```
 */
export type HeaderFindingCode = keyof typeof HEADER_FINDINGS;

/**
 * A header or response that is wrong.
 *
 * @example
 * ```ts
 * import type { HeaderFinding } from "strongroom/check-headers";
 *
 * export const summary = ({ severity, code, urls, remedy }: HeaderFinding) => `${severity} ${code} at ${urls[0]}: ${remedy}`;
 * ```
 */
export interface HeaderFinding {
  /** What is wrong, as a stable code. */
  code: HeaderFindingCode;
  /**
   * - `error`: the vault's protection is broken, or one further flaw is enough to break it.
   * - `warning`: a second line of defence is missing.
   * - `note`: nothing is wrong now. Read it before you change the host.
   */
  severity: "error" | "warning" | "note";
  /** The URLs at which the host sent it. */
  urls: string[];
  /** The header that is wrong or missing; `null` if the whole response is wrong. */
  header: string | null;
  /** The header's value or the relevant part of it; `null` if there was none. */
  found: string | null;
  /** What should have been sent. */
  expected: string;
  /** What an attacker could do. */
  attack: string;
  /** What to change. */
  remedy: string;
}

/** The stable code of any finding, of the headers or of the rest of a deployment. `docs/command-line.md` lists the latter. */
export type FindingCode = HeaderFindingCode | keyof typeof DEPLOYMENT_FINDINGS;

/** What was seen, and where. */
interface Seen<Code extends FindingCode> {
  code: Code;
  urls: string[];
  found: string | null;
  /** The single items, if there are several. */
  details?: string[];
}

/** A finding of `doctor`. Those about headers have the fields of {@link HeaderFinding}. */
export type Finding = Entry & Seen<FindingCode>;

/** What one check found in one response. */
export interface Observation {
  code: HeaderFindingCode;
  found: string | null;
}

/** Shortens the URLs that are over-long on purpose. */
function readable(href: string): string {
  return href.length > 1_000 ? `${href.slice(0, 60)}… (${href.length} characters)` : href;
}

/** The result of checks: what passed, and the findings. The same at several URLs is one finding. */
export class Report<Code extends FindingCode = FindingCode, Of extends Entry = Entry> {
  readonly passed: string[] = [];
  /** How often something was found. */
  sightings = 0;
  readonly #catalog: Record<Code, Of>;
  readonly #findings = new Map<string, Of & Seen<Code>>();

  constructor(catalog: Record<Code, Of>) {
    this.#catalog = catalog;
  }

  pass(sentence: string): void {
    this.passed.push(sentence);
  }

  find(code: Code, url: string | URL, found: string | null, details: string[] = []): void {
    this.add([
      {
        code,
        ...this.#catalog[code],
        urls: [readable(String(url))],
        found,
        ...(details.length > 0 ? { details } : {}),
      },
    ]);
  }

  add(findings: (Of & Seen<Code>)[]): void {
    for (const finding of findings) {
      const { code, found, details, urls } = finding;
      const key = JSON.stringify([code, found, details]);
      this.#findings.set(key, {
        ...finding,
        urls: [...(this.#findings.get(key)?.urls ?? []), ...urls],
      });
      this.sightings += urls.length;
    }
  }

  /** Errors first, notes last, otherwise in the order in which they were seen. */
  get findings(): (Of & Seen<Code>)[] {
    const all = [...this.#findings.values()];
    const of = (severity: Entry["severity"]) => all.filter((finding) => finding.severity === severity);
    return [...of("error"), ...of("warning"), ...of("note")];
  }
}

/**
 * Formats findings as text for a terminal or a CI log. Ends with a line break.
 *
 * @param findings The result of `checkHeaders`.
 * @returns One paragraph per finding and a count, or one sentence if there are none.
 *
 * @example
 * ```ts
 * import { checkHeaders, formatFindings } from "strongroom/check-headers";
 *
 * const findings = await checkHeaders("https://app.example.com/");
 * process.stdout.write(formatFindings(findings));
 * process.exitCode = findings.some(({ severity }) => severity === "error") ? 1 : 0;
 * ```
 */
export function formatFindings(findings: readonly HeaderFinding[]): string {
  if (findings.length === 0) return "The host sends the headers that the vault needs.\n";
  return [...findings.map((finding) => formatFinding(finding)), `${countFindings(findings)}\n`].join("\n");
}

/** The number of findings by severity. Notes are left out if there are none. */
export function countFindings(findings: readonly Pick<Entry, "severity">[]): string {
  const count = (severity: Entry["severity"]) => {
    const { length } = findings.filter((finding) => finding.severity === severity);
    return `${length} ${severity}${length === 1 ? "" : "s"}`;
  };
  const notes = findings.some(({ severity }) => severity === "note") ? [count("note")] : [];
  return [count("error"), count("warning"), ...notes].join(", ");
}

/** One paragraph. The brief one has what is wrong and what to change. */
export function formatFinding(
  { severity, code, urls, header = null, found, details = [], expected, attack, remedy }: Finding,
  { brief = false } = {},
): string {
  return [
    `${severity}: ${code}`,
    ...(brief ? urls.slice(0, 2) : urls).map((url) => `  at        ${url}`),
    ...(brief || header === null ? [] : [`  header    ${header}`]),
    `  found     ${found === null ? "nothing" : shortened(found)}`,
    ...details.map((detail) => `            ${shortened(detail)}`),
    ...(brief ? [] : [`  expected  ${expected}`]),
    ...(brief || attack === undefined ? [] : [`  attack    ${attack}`]),
    `  remedy    ${remedy}`,
    "",
  ].join("\n");
}

/** One line without control characters, which a terminal would interpret. The host is not trusted. */
function shortened(text: string): string {
  const printable = text.replace(/\p{Cc}/gu, " ");
  return printable.length > 300 ? `${printable.slice(0, 300)}…` : printable;
}
