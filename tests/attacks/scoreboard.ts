import { type Attack, THREATS, type Threat } from "./attack.js";
import { KNOWN } from "./expected.js";
import type { Outcome } from "./play.js";
import type { Victim } from "./victim.js";

/** What one victim came to in one engine. */
export interface Row {
  victim: Victim;
  /** The engine's name and version. */
  browser: string;
  /** Of the package, where it is one. */
  version: string | undefined;
  outcomes: Map<Attack, Outcome>;
}

/** The scoreboard as Markdown. */
export function scoreboard(rows: readonly Row[], date: string): string {
  const attacks = [...(rows[0]?.outcomes.keys() ?? [])];
  const columns = rows.map((row, index) => ({ row, letter: letterOf(index) }));
  const own = columns.filter(({ row }) => row.victim.host !== "plain");
  const generic = attacks.filter(({ target }) => target === "any");
  const special = attacks.filter(({ target }) => target === "strongroom");
  const withHeaders = own.filter(({ row }) => row.victim.host === "strongroom");
  const plain = own.filter(({ row }) => row.victim.host !== "strongroom");

  return `# The attack lab's scoreboard

<!-- Written by \`npm run attacks\`. Do not edit: run it again. -->

Run on ${date}. Injected script runs in the app's own page as its first script, as a dependency that was taken over
would, and knows what anybody can read in the app. An attack has succeeded when a real token, code or verifier reached
the attacker's own server *and* was then used with success, at the API or the token endpoint. What was only seen does
not count. The attacks are in [\`tests/attacks/attacks\`](../tests/attacks/attacks).

## Victims

The same small app, the same authorization server, the same API. Peers have the most secure settings that their
documents name for a client without a server, on a host as their documents ask for. Where a victim needs the
authorization server under other addresses, something in between renames them.

| | victim | version | setting | browser |
|---|---|---|---|---|
${columns.map(({ row, letter }) => `| ${letter} | ${row.victim.title} | ${row.version ?? ""} | ${row.victim.setting ?? ""} | ${row.browser} |`).join("\n")}

## The same payloads for everybody

**A** access token, **I** ID token, **R** refresh token, **C** authorization code for the attacker's own verifier,
**V** the app's code and verifier, **S** the user ends up in the attacker's session, **P** requests as the user, through
the user's browser, **D** nobody can sign in any more, **L** the code is in the host's log. A dot: nothing that worked was
got.

${table(generic, columns)}

## What only Strongroom has

Worker, endpoints, keeper, host headers, and an API on the app's own origin. Not applicable to the other victims, which
is not the same as survived.

${table(special, own)}

## What Strongroom loses to, with its headers

${lost(withHeaders)}

## What the headers are for

On a host that does not send them (${plain.map(({ letter }) => letter).join(", ")}), these succeed besides:

${besides(plain, withHeaders)}

## What nobody prevents

${proxying(columns, generic)}

Script that runs in the page can send requests as the app does, for as long as the page is open, and read the answers.
No way of keeping tokens changes that (RFC 10017 section 5.1.4). What a victim gains by isolating tokens is that the
attacker needs the user's open page, and has nothing left when it is closed.

## Threats

${Object.entries(THREATS)
  .map(([name, meaning]) => `- **${name}**: ${meaning}.`)
  .join("\n")}
`;
}

interface Column {
  row: Row;
  letter: string;
}

function letterOf(index: number): string {
  return String.fromCharCode("a".charCodeAt(0) + index);
}

function table(attacks: readonly Attack[], columns: readonly Column[]): string {
  const head = `| attack | ${columns.map(({ letter }) => letter).join(" | ")} |\n|---|${columns.map(() => "---|").join("")}`;
  return (Object.keys(THREATS) as Threat[])
    .map((threat) => [threat, attacks.filter((attack) => attack.threat === threat)] as const)
    .filter(([, of]) => of.length > 0)
    .map(
      ([threat, of]) =>
        `### ${threat.charAt(0).toUpperCase()}${threat.slice(1)}\n\n${head}\n${of.map((attack) => `| ${attack.name} | ${columns.map(({ row }) => cell(row.outcomes.get(attack))).join(" | ")} |`).join("\n")}`,
    )
    .join("\n\n");
}

const SIGNS: [RegExp, string][] = [
  [/^access token/, "A"],
  [/^ID token/, "I"],
  [/^refresh token/, "R"],
  [/^code for/, "C"],
  [/^code and verifier/, "V"],
  [/attacker's session/, "S"],
  [/^nobody can sign in/, "D"],
  [/^the host's log/, "L"],
  [/./, "P"],
];

function cell(outcome: Outcome | undefined): string {
  switch (outcome?.verdict) {
    case "stolen":
      return `**${outcome.what.map((what) => SIGNS.find(([sign]) => sign.test(what))?.[1]).join(" ")}**`;
    case "survived":
      return "·";
    case "not applicable":
      return "n/a";
    default:
      return "not played";
  }
}

function stolenFrom({ row }: Column): Attack[] {
  return [...row.outcomes].filter(([, { verdict }]) => verdict === "stolen").map(([attack]) => attack);
}

function lost(columns: readonly Column[]): string {
  const attacks = new Set(columns.flatMap(stolenFrom));
  return [...attacks]
    .map((attack) => {
      const where = columns
        .filter((column) => stolenFrom(column).includes(attack))
        .map(({ letter }) => letter);
      return `- **${attack.name}** (${where.join(", ")}): ${KNOWN[attack.name] ?? "not known before this run"}.`;
    })
    .join("\n");
}

function besides(plain: readonly Column[], withHeaders: readonly Column[]): string {
  const anyway = new Set(
    withHeaders.filter(({ row }) => row.browser === plain[0]?.row.browser).flatMap(stolenFrom),
  );
  return plain
    .flatMap(stolenFrom)
    .filter((attack) => !anyway.has(attack))
    .map(({ name }) => `- ${name}`)
    .join("\n");
}

function proxying(columns: readonly Column[], attacks: readonly Attack[]): string {
  const proxied = attacks.filter(({ threat }) => threat === "proxying through the user's browser");
  const falls = columns.filter((column) => proxied.some((attack) => stolenFrom(column).includes(attack)));
  return `"${proxied.map(({ name }) => name).join('", "')}" succeeded on ${falls.length} of ${columns.length} victims.`;
}
