import { CATALOG } from "./catalog";

/** What is wrong, as a name that stays the same in all versions. `docs/command-line.md` lists them. */
export type FindingCode = keyof typeof CATALOG;

/** One thing that `doctor` found wrong. Those about headers have the fields of `strongroom/check-headers`. */
export interface Finding {
  code: string;
  severity: "error" | "warning" | "note";
  /** The URLs where it was seen. */
  urls: string[];
  found: string | null;
  /** What was found, one by one, where it is more than a sentence. */
  details?: string[];
  expected: string;
  remedy: string;
  /** What an attacker could do with it. */
  attack?: string;
}

/** What was looked at: what is wrong, and what was found to be right. */
export class Report {
  readonly passed: string[] = [];
  readonly #findings: Finding[] = [];

  pass(sentence: string): void {
    this.passed.push(sentence);
  }

  find(code: FindingCode, url: string | URL, found: string | null, details: string[] = []): void {
    const more = details.length > 0 ? { details } : {};
    this.#findings.push({ code, ...CATALOG[code], urls: [String(url)], found, ...more });
  }

  add(findings: Finding[]): void {
    this.#findings.push(...findings);
  }

  /** Errors first, notes last. */
  get findings(): Finding[] {
    const of = (severity: Finding["severity"]) =>
      this.#findings.filter((finding) => finding.severity === severity);
    return [...of("error"), ...of("warning"), ...of("note")];
  }
}
