import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { StandIns } from "../../stand-ins/stand-ins.js";
import { launch } from "../engines/launch.js";
import { engine } from "../scenario.js";
import { SessionPage } from "./session-page.js";

/** Returns a function that starts a browser, each time with the same new profile. Everything is closed with the test. */
export async function newProfile(standIns: StandIns) {
  const profile = await mkdtemp(join(tmpdir(), "strongroom-profile-"));
  onTestFinished(() => rm(profile, { recursive: true, force: true }));
  return async () => {
    const browser = await launch(engine, { profile });
    onTestFinished(() => browser.close());
    return { browser, tab: new SessionPage(browser, standIns) };
  };
}
