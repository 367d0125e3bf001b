import type { TestProject } from "vitest/node";
import type { BrowserAddress } from "./browser.js";
import { type BrowserName, type Engine, engineOf } from "./engine.js";
import { launch } from "./launch.js";

declare module "vitest" {
  interface ProvidedContext {
    engine: Engine;
    /** The run's browser, or why there is none. */
    browser: BrowserAddress | { missing: string };
    /** Whether the vault has an origin of its own. Default: `false`. */
    vaultOrigin?: boolean;
  }
}

/**
 * Starts the browser that all scenarios of a project share. Without the browser the run goes on, so that each scenario
 * fails with the sentence that says what to install.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const name = project.name.replace(/-.*/, "") as BrowserName;
  project.provide("engine", engineOf(name));
  try {
    const browser = await launch(name);
    project.provide("browser", browser.address);
    return () => browser.close();
  } catch (error) {
    project.provide("browser", { missing: (error as Error).message });
    return async () => {};
  }
}
