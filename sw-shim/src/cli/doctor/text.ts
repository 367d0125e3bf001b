import { countFindings } from "../../checks/format";
import type { Finding, Report } from "./report";

export interface TextOptions {
  /** Explains each finding in full. */
  verbose?: boolean;
  /** The app's host, as in `strongroom headers --for`. */
  host: string;
}

/** The report as text. Findings with the same cause are combined, unless `verbose` is set. */
export function reportAsText(
  url: URL,
  version: string | undefined,
  { passed, findings }: Report,
  { verbose = false, host }: TextOptions,
): string {
  const causes = verbose ? [] : causesOf(findings, host);
  const others = findings.filter((finding) => !causes.some(({ of }) => of.includes(finding)));
  return [
    `${url}, checked by strongroom ${version}`,
    "",
    ...passed.map((sentence) => `ok: ${sentence}`),
    ...(passed.length > 0 ? [""] : []),
    ...causes.map(summary),
    ...others.map((finding) => paragraph(finding, verbose)),
    `${countFindings(findings)}${verbose || findings.length === 0 ? "" : ". Run with --verbose for details."}`,
    "",
  ].join("\n");
}

/** Findings with one fix. */
interface Cause {
  sentence: string;
  remedy: string;
  of: Finding[];
}

function causesOf(findings: Finding[], host: string): Cause[] {
  const headers = findings.filter(({ attack, severity }) => attack !== undefined && severity !== "note");
  const provider = findings.filter(({ code }) => PROVIDER.includes(code));
  return [
    {
      sentence: "The host does not send the headers that the vault needs",
      remedy: `Run \`npx --no-install strongroom headers --for ${host}\` and deploy the result to the host. Then run this command again.`,
      of: headers,
    },
    {
      sentence: "The provider cannot be reached",
      remedy: "Check its domain in the configuration, and that this machine can reach it.",
      of: provider,
    },
    // One or two findings are better explained on their own.
  ].filter(({ of }) => of.length > 2);
}

const PROVIDER = [
  "discovery_unreachable",
  "authorization_endpoint_unreachable",
  "token_endpoint_unreachable",
  "logout_endpoint_unreachable",
];

function summary({ sentence, remedy, of }: Cause): string {
  const [worst] = of;
  return [
    `${worst?.severity}: ${sentence} (${countFindings(of)})`,
    `  findings  ${of.map(({ code }) => code).join(", ")}`,
    ...(worst?.attack === undefined ? [] : [`  attack    ${worst.attack}`]),
    `  remedy    ${remedy}`,
    "",
  ].join("\n");
}

function paragraph(
  { code, severity, urls, found, details = [], expected, attack, remedy }: Finding,
  verbose: boolean,
): string {
  const shown = verbose ? urls : urls.slice(0, 2);
  return [
    `${severity}: ${code}`,
    ...shown.map((url) => `  at        ${url}`),
    `  found     ${found === null ? "nothing" : oneLine(found)}`,
    ...details.map((detail) => `            ${oneLine(detail)}`),
    ...(verbose ? [`  expected  ${expected}`] : []),
    ...(verbose && attack !== undefined ? [`  attack    ${attack}`] : []),
    `  remedy    ${remedy}`,
    "",
  ].join("\n");
}

/** One line without control characters, which a terminal would interpret. The host is not trusted. */
function oneLine(text: string): string {
  const printable = text.replace(/\p{Cc}/gu, " ");
  return printable.length > 300 ? `${printable.slice(0, 300)}…` : printable;
}
