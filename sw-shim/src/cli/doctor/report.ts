import { CATALOG } from "./catalog";

/** The stable code of a finding. `docs/command-line.md` lists them. */
export type FindingCode = keyof typeof CATALOG;

/** A finding. Those about headers have the fields of `strongroom/check-headers`. */
export interface Finding {
  code: string;
  severity: "error" | "warning" | "note";
  /** The URLs where it was seen. */
  urls: string[];
  found: string | null;
  /** The single items, if there are several. */
  details?: string[];
  expected: string;
  remedy: string;
  /** What an attacker could do. */
  attack?: string;
}

/** The result of all checks: what passed, and the findings. */
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
