import { parseArgs } from "node:util";
import { launch } from "../e2e/engines/launch.js";
import { ATTACKS } from "./attacks/index.js";
import { startLab } from "./lab.js";
import { playAll } from "./play-all.js";
import { HAND_MADE, STRONGROOM, STRONGROOM_ON_A_PLAIN_HOST } from "./victims/index.js";

const { values, positionals: only } = parseArgs({
  allowPositionals: true,
  options: { attack: { type: "string", default: "" } },
});
const attacks = ATTACKS.filter(({ name }) => new RegExp(values.attack).test(name));
const victims = [...HAND_MADE, STRONGROOM, STRONGROOM_ON_A_PLAIN_HOST].filter(
  ({ id }) => only.length === 0 || only.includes(id),
);
const lab = await startLab(victims, "attacks");
const browser = await launch("chromium");
try {
  for (const site of lab.sites) {
    const start = performance.now();
    const outcomes = await playAll({ browser, lab, site, attacks });
    console.log(`\n== ${site.victim.title} (${Math.round(performance.now() - start)} ms)`);
    for (const [attack, outcome] of outcomes) console.log(`${attack.name}: ${JSON.stringify(outcome)}`);
  }
} finally {
  await browser.close();
  await lab.close();
}
