import type { StandIns } from "../../stand-ins/stand-ins.js";
import { ClientPage } from "../client-page.js";
import type { Browser } from "../engines/browser.js";

/** A page that stays connected to the vault, with control of its worker. */
export class SessionPage extends ClientPage {
  readonly worker: WorkerControl;

  constructor(browser: Browser, standIns: StandIns) {
    super(browser, standIns, { reconnects: true });
    this.worker = new WorkerControl(browser, this, standIns);
  }
}

/** Control of the worker whose script begins with {@link versionPrelude}, from the page in the current tab. */
class WorkerControl {
  constructor(
    private readonly browser: Browser,
    private readonly page: ClientPage,
    private readonly standIns: StandIns,
  ) {}

  /** Waits until a keeper has read a copy of the session. A connection alone is no copy. */
  async waitForKeeper(): Promise<void> {
    await this.browser.waitFor("a keeper with a copy", async () => {
      if (await this.hasAwakeKeeper()) return true;
      const { keepers } = (await this.page.session()).worker;
      const { requests } = this.standIns.host.testing;
      const strayed = requests.filter(({ path }) => path === "/auth/keep").length;
      throw new Error(`${keepers} keepers are connected; ${strayed} of their requests reached the host`);
    });
  }

  /** Whether a keeper, of any page, has read a copy of the session and is awake. */
  async hasAwakeKeeper(): Promise<boolean> {
    return await this.#evaluate(
      () =>
        new Promise<boolean>((resolve) => {
          const channel = new BroadcastChannel("keeper");
          const settle = (hasCopy: boolean) => {
            channel.close();
            resolve(hasCopy);
          };
          channel.onmessage = ({ data }) => data === "copy" && settle(true);
          setTimeout(settle, 500, false);
          channel.postMessage("has it a copy?");
        }),
    );
  }

  /** Asks for a new version of the worker's script, as a browser does by itself at a navigation. */
  async update(): Promise<void> {
    await this.#evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      if (!registration) throw new Error("the page has no worker");
      await registration.update();
    });
  }

  /** The same without waiting for the browser to have the script. */
  async beginUpdate(): Promise<void> {
    await this.#evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      registration?.update().catch(() => {});
    });
  }

  /** Waits until a version that {@link update} found is installed. It may still wait for the old one. */
  async waitForInstallation(): Promise<void> {
    await this.browser.waitFor("the new version to be installed", () =>
      this.#evaluate(async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        return registration?.installing === null;
      }),
    );
  }

  /**
   * Waits until the version of the script that {@link versionPrelude} named is active. Asks the worker only once no other version
   * waits: a message is an event, and Chromium activates no new version while the old one handles an event.
   */
  async waitForVersion(version: number, timeout = 30_000): Promise<void> {
    await this.browser.waitFor(
      `version ${version} to be active`,
      async () => (await this.#isSettled()) && (await this.#ask("version")) === version,
      timeout,
    );
  }

  /** Changes keys of the worker's configuration and waits until a worker with them is active. */
  async configure(config: Record<string, unknown>): Promise<void> {
    const { testing } = this.standIns.host;
    testing.prelude = versionPrelude(2);
    testing.config = config;
    await this.update();
    await this.waitForVersion(2);
  }

  /** Puts the wall clocks of the worker and of its keepers forward, as after sleep. It ends with the worker. */
  async sleepFor(seconds: number): Promise<void> {
    const slept = seconds * 1_000;
    await this.#ask("sleep", slept);
    await this.#evaluate((slept) => new BroadcastChannel("keeper").postMessage({ slept }), slept);
    // A keeper that responds has had the message before the question.
    await this.hasAwakeKeeper();
  }

  readonly #evaluate: Browser["evaluate"] = (pageFunction, ...args) =>
    this.page.atTheVault(() => this.browser.evaluate(pageFunction, ...args));

  async #isSettled(): Promise<boolean> {
    return await this.#evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      return registration?.active?.state === "activated" && !registration.installing && !registration.waiting;
    });
  }

  async #ask(what: string, value = 0): Promise<number | null> {
    return await this.#evaluate(
      async (what, value) => {
        const registration = await navigator.serviceWorker.getRegistration();
        const worker = registration?.active;
        if (!worker) return null;
        return await new Promise<number | null>((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = ({ data }) => resolve(data as number);
          setTimeout(resolve, 2_000, null);
          worker.postMessage({ what, value }, [port2]);
        });
      },
      what,
      value,
    );
  }
}

/**
 * Put before the script of `/vault-worker.js`. The worker then
 *
 * - says its version when asked,
 * - puts its clock forward when told to,
 * - reports what it does with each API request that has a `number` in its query;
 *
 * and a keeper says whether it has read a frame of the length of a copy.
 */
export function versionPrelude(version: number, sleptSeconds = 0): string {
  return `
    let slept = ${sleptSeconds * 1_000};
    const wall = Date.now;
    Date.now = () => wall() + slept;
    addEventListener("message", ({ data, ports }) => {
      if (data.what === "sleep") slept += data.value;
      if (data.what) ports[0].postMessage(${version});
    });
    const seen = new BroadcastChannel("seen");
    addEventListener("fetch", (event) => {
      const number = new URL(event.request.url).searchParams.get("number");
      if (!number) return;
      const tell = (what) => seen.postMessage({ number, what: "version ${version} " + what });
      tell("saw it");
      let isMine = false;
      event.respondWith = (response) => {
        isMine = true;
        FetchEvent.prototype.respondWith.call(event, response);
        tell("took it");
        response.then(({ status }) => tell("answered " + status), (error) => tell("failed: " + error));
      };
      setTimeout(() => isMine || tell("passed it on"));
    });
    if (!("ServiceWorkerGlobalScope" in self)) {
      const channel = new BroadcastChannel("keeper");
      const { read } = ReadableStreamDefaultReader.prototype;
      let hasCopy = false;
      ReadableStreamDefaultReader.prototype.read = async function () {
        const chunk = await read.call(this);
        if (chunk.value?.length > 500) hasCopy = true;
        return chunk;
      };
      channel.onmessage = ({ data }) => {
        slept += data.slept ?? 0;
        if (data === "has it a copy?" && hasCopy) channel.postMessage("copy");
      };
    }`;
}
