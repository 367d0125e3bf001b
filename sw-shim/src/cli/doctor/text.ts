import { countFindings, type Finding, formatFinding, type Report } from "../../checks/findings";
import type { Received } from "../../checks/network";

export interface TextOptions {
  /** Explains each finding in full. */
  verbose?: boolean;
  /** The host of the headers, as in `strongroom headers --for`. */
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
    ...others.map((finding) => formatFinding(finding, { brief: !verbose })),
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
  const headers = findings.filter(({ header, severity }) => header !== undefined && severity !== "note");
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

const PROVIDER: Finding["code"][] = [
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

/** Headers that identify hosts, and the hosts' names in `strongroom headers --for`. */
const KNOWN: [name: string, value: RegExp, host: string][] = [
  ["x-vercel-id", /./, "vercel"],
  ["x-nf-request-id", /./, "netlify"],
  ["x-amz-cf-id", /./, "cloudfront"],
  ["server", /^nginx/i, "nginx"],
];

/** The host, if one of its responses identifies it. */
export function hostOf(page: Received): string {
  if (page.body.includes("/@vite/client")) return "vite";
  if (page.url.hostname.endsWith(".pages.dev")) return "cloudflare";
  if (page.url.hostname.endsWith(".azurestaticapps.net")) return "azure";
  if (/\.(web\.app|firebaseapp\.com)$/.test(page.url.hostname)) return "firebase";
  const known = KNOWN.find(([name, value]) => value.test(page.headers.get(name) ?? ""));
  return known?.[2] ?? "<your host>";
}
