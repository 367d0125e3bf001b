import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Browser } from "../e2e/engines/browser.js";
import { join } from "../e2e/engines/launch.js";
import { ATTACKS } from "./attacks/index.js";
import { COMPROMISED_WORKER, DEFENCES, type Defence } from "./defences.js";
import { type Lab, startLab } from "./lab.js";
import { type Outcome, play } from "./play.js";
import { Stage } from "./stage.js";
import { STRONGROOM } from "./victims/index.js";

const engine = inject("engine");
const defences = DEFENCES.filter((defence) => (defence.engine ?? "chromium") === engine);

let browser: Browser;
let lab: Lab;

describe("the defences of Strongroom", () => {
  beforeAll(async () => {
    const address = inject("browser");
    if ("missing" in address) throw new Error(address.missing);
    browser = join(address);
    await browser.leaveOneTab();
    // One for each test, and one to sign in with.
    const strongrooms = [...defences, {}, {}].map(({ victim = STRONGROOM }: Partial<Defence>, index) => ({
      ...victim,
      id: `strongroom-${index}`,
    }));
    lab = await startLab(strongrooms, `attacks-defences-${engine}`);
    await stageOn(defences.length + 1).openSignedIn();
  });
  afterAll(() => lab.close());

  for (const [index, defence] of defences.entries()) {
    const { name, attacks, gain, stoppedBy } = defence;
    const result = stoppedBy ? `${stoppedBy} stops an attacker` : "an attacker succeeds";
    test(`without ${name}, ${result} who ${attacks.join("; who ")}`, { timeout: 60_000 }, async () => {
      for (const outcome of await outcomesWithout(defence, index)) {
        expect(outcome).toEqual(
          stoppedBy
            ? { verdict: "survived" }
            : { verdict: "stolen", what: gain ? expect.arrayContaining([gain]) : expect.any(Array) },
        );
      }
    });
  }

  if (defences.includes(COMPROMISED_WORKER)) {
    test("with the worker's policy, a compromised worker sends out no token", async () => {
      const [outcome] = await outcomesWithout({ ...COMPROMISED_WORKER, headers: true }, defences.length);
      expect(outcome).toEqual({ verdict: "stolen", what: ["the API's answer to the user"] });
    });
  }
});

test("each attack on a vault on an origin of its own is played without the defence against it", () => {
  const played = new Set(DEFENCES.flatMap(({ attacks }) => attacks));
  const others = ATTACKS.filter(({ name, target }) => target === "vault origin" && !played.has(name));
  expect(others.map(({ name }) => name)).toEqual([]);
});

/**
 * Plays the attacks on a Strongroom without the defence. The browser has never seen the origin, so its worker runs the changed
 * script. The authorization server knows the user.
 */
async function outcomesWithout(defence: Defence, index: number) {
  const { answersRefused = true, hasCallbackPage, prelude, config, rewrite, changeVault } = defence;
  const stage = stageOn(index);
  const { site } = stage;
  const { host } = site;
  if (!host) throw new Error(`${site.victim.title} has no defences to remove`);
  host.hostHeaders = defence.headers ?? site.victim.host === "strongroom";
  host.answersRefused = answersRefused;
  host.prelude = prelude?.(stage.facts) ?? "";
  host.config = { ...host.config, ...config };
  if (changeVault) host.changeVaultResponse = changeVault;
  site.rewrite = rewrite;
  if (hasCallbackPage) stage.serve("/auth/callback", "<!doctype html>", "text/html");
  const attacks = ATTACKS.filter(({ name }) => defence.attacks.includes(name));
  expect(attacks).toHaveLength(defence.attacks.length);
  const outcomes: Outcome[] = [];
  for (const attack of attacks) outcomes.push(await play(stage, attack));
  return outcomes;
}

function stageOn(index: number): Stage {
  const site = lab.sites[index];
  if (!site) throw new Error("the lab has too few sites");
  return new Stage(browser, lab, site, ATTACKS);
}
