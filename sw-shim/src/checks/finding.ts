import type { Answer } from "./answer";
import { CATALOG } from "./catalog";

/**
 * The stable code of a {@link HeaderFinding}. `docs/host-headers.md` lists them.
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
export type HeaderFindingCode = keyof typeof CATALOG;

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
  /** The URLs where it was seen. */
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

/** What one check found in one response. */
export interface Observation {
  code: HeaderFindingCode;
  found: string | null;
}

/** Shortens the URLs that are over-long on purpose. */
function readable(href: string): string {
  return href.length > 1_000 ? `${href.slice(0, 60)}… (${href.length} characters)` : href;
}

/** Collects observations. The same observation at several URLs becomes one finding. */
export function report() {
  const findings = new Map<string, HeaderFinding>();
  const add = ({ href }: URL, { code, found }: Observation) => {
    const key = JSON.stringify([code, found]);
    const { urls } = findings.get(key) ?? { urls: [] };
    findings.set(key, { code, ...CATALOG[code], found, urls: [...urls, readable(href)] });
  };
  return {
    add,
    addAll({ url }: Answer, observations: Observation[]) {
      for (const observation of observations) add(url, observation);
    },
    /** Errors first, notes last, otherwise in the order in which they were seen. */
    list(): HeaderFinding[] {
      const all = [...findings.values()];
      const of = (severity: HeaderFinding["severity"]) =>
        all.filter((finding) => finding.severity === severity);
      return [...of("error"), ...of("warning"), ...of("note")];
    },
  };
}
