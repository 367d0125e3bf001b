import { test as base, vi } from "vitest";
import { ada } from "../../dev-provider/src/users.js";
import { buildClientApp } from "../e2e/client-page.js";
import type { Browser } from "../e2e/engines/browser.js";
import { launch } from "../e2e/engines/launch.js";
import { SessionPage } from "../e2e/session/session-page.js";
import { type StandIns, startStandIns } from "../stand-ins/stand-ins.js";
import { DevTools } from "./devtools.js";
import { type BufferInHeap, type FoundInHeap, lookIntoHeap } from "./heap-snapshot.js";
import { SecretSearch } from "./secrets.js";
import { secretsInWasm } from "./wasm-memory.js";

export { describe, expect } from "vitest";

// A heap snapshot takes seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** The secrets found in one target's memory. */
export interface Sight {
  /** Strings of the JavaScript heap that contain one. */
  heap: FoundInHeap[];
  /** All bytes that JavaScript can reach, excluding wasm memory. */
  buffers: BufferInHeap[];
  /** Names of the secrets in the memory of wasm instances. */
  wasm: string[];
  /** The amount searched. */
  extent: { strings: number; characters: number; wasmBytes: number };
}

export const PLACES = ["page", "worker", "keeper"] as const;
export type Place = (typeof PLACES)[number];

const TARGETS: Record<Place, string> = { page: "page", worker: "service_worker", keeper: "shared_worker" };

/** A browser for this file. By default V8 truncates strings in snapshots. */
// biome-ignore lint/correctness/noEmptyPattern: vitest reads the required fixtures from the pattern
const inChromium = base.extend("browser", { scope: "file" }, async ({}, { onCleanup }) => {
  const browser = await launch("chromium", {
    chromiumArguments: ["--js-flags=--heap-snapshot-string-limit=100000000"],
  });
  onCleanup(() => browser.close());
  return browser;
});

/** A page connected to the vault, on a new origin. */
export const memoryTest = inChromium
  .extend("folder", { scope: "file" }, () => buildClientApp("memory"))
  .extend("standIns", async ({ browser, folder }, { onCleanup }) => {
    await browser.leaveOneTab();
    const standIns = await startStandIns({ app: folder });
    onCleanup(() => standIns.close());
    return standIns;
  })
  .extend("app", async ({ browser, standIns }, { onCleanup }) => {
    const devtools = await DevTools.of(browser);
    onCleanup(() => devtools.close());
    return new WatchedApp(browser, standIns, devtools);
  });

/** The app, with access to the memory of page, worker and keeper. */
export class WatchedApp extends SessionPage {
  readonly #browser: Browser;
  readonly #standIns: StandIns;
  readonly #devtools: DevTools;

  constructor(browser: Browser, standIns: StandIns, devtools: DevTools) {
    super(browser, standIns);
    this.#browser = browser;
    this.#standIns = standIns;
    this.#devtools = devtools;
  }

  /** Opens the app, signs Ada in, and waits until the keeper has a copy. */
  async signInAda(): Promise<void> {
    await this.openConnected();
    await this.signIn(ada);
    await this.waitForCopy("refresh token 1");
  }

  /** Waits until the keeper's wasm memory contains a secret, which also shows that the search finds it. */
  async waitForCopy(secret: string): Promise<void> {
    await this.#browser.waitFor(`the keeper to have ${secret}`, async () =>
      (await this.#inWasm("keeper")).includes(secret),
    );
  }

  /** Waits until the keeper's wasm memory contains no secret. */
  async waitForForgetting(): Promise<void> {
    await this.#browser.waitFor(
      "the keeper to have nothing",
      async () => (await this.#inWasm("keeper")).length === 0,
    );
  }

  /** Searches memory after a garbage collection. */
  async look(place: Place): Promise<Sight> {
    return await this.#attached(place, async (target) => {
      // The heap first, because searching wasm memory creates objects.
      const { found, buffers, strings, characters } = await lookIntoHeap(target, this.#search());
      const wasm = await secretsInWasm(target, this.#search());
      const extent = { strings, characters, wasmBytes: wasm.bytes };
      return { heap: found, buffers, wasm: wasm.found, extent };
    });
  }

  async #inWasm(place: Place): Promise<string[]> {
    return await this.#attached(place, async (target) => (await secretsInWasm(target, this.#search())).found);
  }

  async #attached<Result>(
    place: Place,
    use: Parameters<typeof DevTools.prototype.attached<Result>>[2],
  ): Promise<Result> {
    return await this.#devtools.attached(TARGETS[place], this.origin, use);
  }

  #search(): SecretSearch {
    return SecretSearch.for(this.#standIns.authorizationServer.testing.issued);
  }
}
