import { type Attack, THREATS, type Threat } from "./attack.js";
import { KNOWN } from "./expected.js";
import type { Outcome } from "./play.js";
import type { Victim } from "./victim.js";

/** The results of one victim in one engine. */
export interface Row {
  victim: Victim;
  /** The engine's name and version. */
  browser: string;
  /** The package's version, if the victim is a package. */
  version: string | undefined;
  outcomes: Map<Attack, Outcome>;
}

/** The scoreboard as Markdown. */
export function scoreboard(rows: readonly Row[], date: string): string {
  const attacks = [...(rows[0]?.outcomes.keys() ?? [])];
  const columns = rows.map((row, index) => ({ row, letter: letterOf(index) }));
  const own = columns.filter(({ row }) => row.victim.host !== "plain");
  const generic = attacks.filter(({ target }) => target === "any");
  const special = attacks.filter(({ target }) => target !== "any");
  const withHeaders = own.filter(({ row }) => row.victim.host === "strongroom");
  const onItsOwnOrigin = own.filter(({ row }) => row.victim.host === "strongroom on an origin of its own");
  const plain = own.filter(({ row }) => row.victim.host === "strongroom without its headers");

  return `# The attack lab's scoreboard

<!-- Written by \`npm run attacks\`. Do not edit: run it again. -->

Run on ${date}. The attacker's script runs first in the app's own page, like a compromised dependency, and knows everything
that can be read in the app. An attack succeeds when a real token, code or verifier reaches the attacker's server *and* then
works at the API or the token endpoint. Seeing one is not enough. The attacks are in [\`tests/attacks/attacks\`](../tests/attacks/attacks).

## Victims

All victims are the same small app with the same authorization server and API. Other libraries have the most secure settings that
their documentation gives for a client without a server, on a host set up as documented. If a library needs other URLs of the
authorization server, a proxy renames them. oidc-spa's script runs before the attacker's, as its documentation demands.

| | victim | version | setting | browser |
|---|---|---|---|---|
${columns.map(({ row, letter }) => `| ${letter} | ${row.victim.title} | ${row.version ?? ""} | ${row.victim.setting ?? ""} | ${row.browser} |`).join("\n")}

## Attacks on every victim

Each row completes "The attacker …". What it obtained: **A** access token, **I** ID token, **R** refresh token, **C** authorization code
for its own verifier, **V** the app's code and verifier, **S** the user in the attacker's session, **P** requests as the
user, through the user's browser, **D** nobody can sign in any more, **L** the code in the host's log. A dot: nothing that works.

${table(generic, columns)}

## Attacks on what only Strongroom has

The worker, its endpoints, the keeper, the host headers, an API on the app's own origin, and the frame, port and pages of a vault on an
origin of its own. These attacks do not apply to the other victims.

${table(special, own)}

## Attacks that succeed against Strongroom

With its headers, or on an origin of its own:

${lost([...withHeaders, ...onItsOwnOrigin])}

## Attacks that the headers prevent

On a host that does not send them (${plain.map(({ letter }) => letter).join(", ")}), the attacker also succeeds when it

${besides(plain, withHeaders)}

## Attacks that nothing prevents

${proxying(columns, generic)}

While the page is open, script in it can send requests as the app does and read the responses, however tokens are kept (RFC 10017
section 5.1.4). With isolated tokens, the attacker needs the user's open page and keeps nothing when it is closed.

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
  const head = `| The attacker … | ${columns.map(({ letter }) => letter).join(" | ")} |\n|---|${columns.map(() => "---|").join("")}`;
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
