import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { Engine } from "../e2e/engines/engine.js";
import { launch } from "../e2e/engines/launch.js";
import type { Attack } from "./attack.js";
import { ATTACKS } from "./attacks/index.js";
import { KNOWN } from "./expected.js";
import { startLab } from "./lab.js";
import type { Outcome } from "./play.js";
import { playAll } from "./play-all.js";
import { type Row, scoreboard } from "./scoreboard.js";
import { type Victim, versionOf } from "./victim.js";
import {
  HAND_MADE,
  PEERS,
  STRONGROOM,
  STRONGROOM_ON_A_PLAIN_HOST,
  STRONGROOM_ON_ITS_OWN_ORIGIN,
} from "./victims/index.js";

const { values, positionals: only } = parseArgs({
  allowPositionals: true,
  options: {
    attack: { type: "string", default: "" },
    engine: { type: "string", default: "chromium" },
  },
});
const attacks = ATTACKS.filter(({ name }) => new RegExp(values.attack).test(name));
const whole = only.length === 0 && values.attack === "";

/** The victims in each engine: Strongroom in all three. */
const bouts: [Engine, Victim[]][] = [
  ["chromium", [...HAND_MADE, ...PEERS, STRONGROOM_ON_A_PLAIN_HOST, STRONGROOM]],
  ["firefox", [STRONGROOM]],
  ["webkit", [STRONGROOM]],
  // Each in a lab of its own, whose authorization server is of the vault's site.
  ["chromium", [STRONGROOM_ON_ITS_OWN_ORIGIN]],
  ["firefox", [STRONGROOM_ON_ITS_OWN_ORIGIN]],
  ["webkit", [STRONGROOM_ON_ITS_OWN_ORIGIN]],
];

/** Nothing but what is known may succeed here. */
const mustStand = [STRONGROOM, STRONGROOM_ON_ITS_OWN_ORIGIN];

const rows: Row[][] = bouts.map(() => []);
const problems: string[] = [];
const waiting = bouts.entries();
// Two at a time: the first takes about as long as the others together.
await Promise.all([lane(), lane()]);
if (whole) {
  const document = new URL("../../docs/attacks.md", import.meta.url);
  await writeFile(document, scoreboard(rows.flat(), new Date().toISOString().slice(0, 10)));
  console.log("\nThe scoreboard is in docs/attacks.md.");
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

async function lane(): Promise<void> {
  for (const [bout, [engine, all]] of waiting) {
    const victims = all.filter(
      ({ id }) => whole || (engine === values.engine && (only.length === 0 || only.includes(id))),
    );
    if (victims.length > 0) rows[bout] = await play(engine, victims, `attacks-${bout}-${engine}`);
  }
}

async function play(engine: Engine, victims: Victim[], folder: string): Promise<Row[]> {
  const played: Row[] = [];
  const lab = await startLab(victims, folder);
  let browser = await launch(engine);
  try {
    const name = await browser.nameAndVersion();
    for (const site of lab.sites) {
      const { victim } = site;
      const start = performance.now();
      const log = (line: string) => console.log(`${victim.id}, ${engine}: ${line}`);
      log(`${victim.title}, ${name}`);
      const progress = ({ name }: Attack) => log(name);
      const outcomes = await playAll({ browser, lab, site, attacks, progress });
      const missed = attacks.filter((attack) => outcomes.get(attack)?.verdict === "not played");
      // The browser's driver may have stopped responding during the first of these. Play each once more, in a browser of its own.
      for (const attack of missed) {
        log(`not played: ${attack.name}: ${tell(outcomes.get(attack))}`);
        await browser.close();
        browser = await launch(engine);
        const again = await playAll({ browser, lab, site, attacks: [attack], progress });
        outcomes.set(attack, again.get(attack) as Outcome);
      }
      played.push({ victim, browser: name, version: await versionOfVictim(victim), outcomes });
      log(`played in ${Math.round((performance.now() - start) / 1_000)} s`);
      for (const [{ name }, outcome] of outcomes) {
        const what = tell(outcome);
        if (outcome.verdict !== "survived" && outcome.verdict !== "not applicable") {
          log(`${outcome.verdict}: ${name}: ${what}`);
        }
        if (outcome.verdict === "not played")
          problems.push(`${victim.title}: "${name}" was not played: ${what}`);
        if (outcome.verdict !== "stolen" && victim.mustFall.includes(name)) {
          problems.push(`${victim.title}: the attacker who ${name} must succeed, or the lab proves nothing.`);
        }
        if (mustStand.includes(victim) && (outcome.verdict === "stolen") !== name in KNOWN) {
          problems.push(
            `${victim.title}, ${engine}: "${name}": the result differs from tests/attacks/expected.ts.`,
          );
        }
      }
    }
  } finally {
    await browser.close();
    await lab.close();
  }
  return played;
}

function tell(outcome: Outcome | undefined): string {
  if (outcome?.verdict === "stolen") return outcome.what.join(", ");
  return outcome && "why" in outcome ? outcome.why : "";
}

async function versionOfVictim({ package: name }: Victim): Promise<string | undefined> {
  return name && (await versionOf(name));
}
