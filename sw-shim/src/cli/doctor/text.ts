import { countFindings } from "../../check-headers/format";
import type { Finding, Report } from "./report";

/** What was seen, for people. */
export function reportAsText(url: URL, version: string | undefined, { passed, findings }: Report): string {
  return [
    `${url} by strongroom ${version}`,
    "",
    ...passed.map((sentence) => `ok: ${sentence}`),
    ...(passed.length > 0 ? [""] : []),
    ...findings.map(paragraph),
    countFindings(findings),
    "",
  ].join("\n");
}

function paragraph({ code, severity, urls, found, expected, attack, remedy }: Finding): string {
  return [
    `${severity}: ${code}`,
    ...urls.map((url) => `  at        ${url}`),
    `  found     ${found === null ? "nothing" : oneLine(found)}`,
    `  expected  ${expected}`,
    ...(attack === undefined ? [] : [`  attack    ${attack}`]),
    `  remedy    ${remedy}`,
    "",
  ].join("\n");
}

/** Without what a terminal would obey: hosts are asked that may be anybody's. */
function oneLine(text: string): string {
  const printable = text.replace(/\p{Cc}/gu, " ");
  return printable.length > 300 ? `${printable.slice(0, 300)}…` : printable;
}
