import { beforeAll, describe, expect, inject, test } from "vitest";
import { join } from "../e2e/engines/launch.js";
import type { Attack } from "./attack.js";
import { ATTACKS } from "./attacks/index.js";
import { KNOWN, withoutHeaders } from "./expected.js";
import { type Lab, startLab } from "./lab.js";
import type { Outcome } from "./play.js";
import { playAll } from "./play-all.js";
import type { Site } from "./site.js";
import { LOCAL_STORAGE, STRONGROOM, STRONGROOM_ON_A_PLAIN_HOST } from "./victims/index.js";

const engine = inject("engine");
const byName = (names: readonly string[]) => ATTACKS.filter(({ name }) => names.includes(name));

/** All but those on a vault on an origin of its own, which `npm run attacks` plays. */
const APPLICABLE = ATTACKS.filter(({ target }) => target !== "vault origin");

let lab: Lab;
let outcomes: Map<Attack, Outcome>;

// Signing in takes most of the time, so all attacks on a victim run together; each has its own test.
beforeAll(async () => {
  lab = await startLab([STRONGROOM, STRONGROOM_ON_A_PLAIN_HOST, LOCAL_STORAGE], `attacks-${engine}`);
  outcomes = await bout(STRONGROOM.id, APPLICABLE);
  return () => lab.close();
}, 240_000);

describe("Strongroom with its headers", () => {
  for (const attack of APPLICABLE) {
    const { name } = attack;
    if (name in KNOWN) {
      test(`does not stop an attacker who ${name} (${KNOWN[name]})`, () => {
        expect(outcomes.get(attack)?.verdict).toBe("stolen");
      });
    } else {
      test(`stops an attacker who ${name}`, () => {
        expect(outcomes.get(attack)).toEqual(
          attack.needs && engine === "webkit"
            ? { verdict: "not applicable", why: expect.any(String) }
            : { verdict: "survived" },
        );
      });
    }
  }
});

test("expected.ts names only existing attacks, and names are unique", () => {
  const names = ATTACKS.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([...Object.keys(KNOWN), ...withoutHeaders(engine)]));
  expect(new Set(names).size).toBe(names.length);
});

describe("the attack lab", () => {
  test("steals from Strongroom on a host without the headers", { timeout: 90_000 }, async () => {
    const names = withoutHeaders(engine);
    expect(stolen(await bout(STRONGROOM_ON_A_PLAIN_HOST.id, byName(names))).sort()).toEqual(names.sort());
  });

  test("steals from an app that keeps tokens in localStorage", { timeout: 30_000 }, async () => {
    const names = [...LOCAL_STORAGE.mustFall, "runs a silent flow in a frame"];
    expect(stolen(await bout(LOCAL_STORAGE.id, byName(names)))).toEqual(names);
  });
});

function bout(victim: string, attacks: readonly Attack[]): Promise<Map<Attack, Outcome>> {
  return play(siteOf(victim), attacks);
}

function siteOf(victim: string): Site {
  const site = lab.sites.find((site) => site.victim.id === victim);
  if (!site) throw new Error(`the lab has no ${victim}`);
  return site;
}

async function play(site: Site, attacks: readonly Attack[]): Promise<Map<Attack, Outcome>> {
  const address = inject("browser");
  if ("missing" in address) throw new Error(address.missing);
  const browser = join(address);
  await browser.leaveOneTab();
  return await playAll({ browser, lab, site, attacks });
}

/** Names of the attacks that succeeded. */
function stolen(outcomes: Map<Attack, Outcome>): string[] {
  return [...outcomes].filter(([, { verdict }]) => verdict === "stolen").map(([{ name }]) => name);
}
