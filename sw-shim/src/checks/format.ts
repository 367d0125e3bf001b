import type { HeaderFinding } from "./finding";

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
  return [...findings.map(paragraph), `${countFindings(findings)}\n`].join("\n");
}

/** The number of findings by severity. Notes are left out if there are none. */
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

/** One line without control characters, which a terminal would interpret. */
function shortened(text: string): string {
  const printable = text.replace(/\p{Cc}/gu, " ");
  return printable.length > 300 ? `${printable.slice(0, 300)}…` : printable;
}
