import type { HeaderFinding } from "./finding";

/** Findings as text for a terminal or a CI log; one sentence if there are none. Ends with a line break. */
export function formatFindings(findings: readonly HeaderFinding[]): string {
  if (findings.length === 0) return "The host sends what Strongroom needs.\n";
  return [...findings.map(paragraph), `${countFindings(findings)}\n`].join("\n");
}

/** How many findings there are of each severity. Notes are mentioned only if there are any. */
export function countFindings(findings: readonly Pick<HeaderFinding, "severity">[]): string {
  const count = (severity: HeaderFinding["severity"]) => {
    const { length } = findings.filter((finding) => finding.severity === severity);
    return `${length} ${severity}${length === 1 ? "" : "s"}`;
  };
  const notes = findings.some(({ severity }) => severity === "note") ? [count("note")] : [];
  return [count("error"), count("warning"), ...notes].join(", ");
}

function paragraph({ severity, code, urls, header, found, expected, attack, remedy }: HeaderFinding): string {
  return [
    `${severity}: ${code}`,
    ...urls.map((url) => `  at        ${url}`),
    ...(header === null ? [] : [`  header    ${header}`]),
    `  found     ${found === null ? "nothing" : shortened(found)}`,
    `  expected  ${expected}`,
    `  attack    ${attack}`,
    `  remedy    ${remedy}`,
    "",
  ].join("\n");
}

/** One line, without what a terminal would obey. */
function shortened(text: string): string {
  const printable = text.replace(/\p{Cc}/gu, " ");
  return printable.length > 300 ? `${printable.slice(0, 300)}…` : printable;
}
