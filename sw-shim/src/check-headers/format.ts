import type { HeaderFinding } from "./finding";

/** Findings as text for a terminal or a CI log; one sentence if there are none. Ends with a line break. */
export function formatFindings(findings: readonly HeaderFinding[]): string {
  if (findings.length === 0) return "The host sends what Strongroom needs.\n";
  const count = (severity: HeaderFinding["severity"], noun: string) => {
    const { length } = findings.filter((finding) => finding.severity === severity);
    return `${length} ${noun}${length === 1 ? "" : "s"}`;
  };
  return [...findings.map(paragraph), `${count("error", "error")}, ${count("warning", "warning")}\n`].join(
    "\n",
  );
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
