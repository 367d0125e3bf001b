import type { TestedStandIns } from "strongroom-demo/servers/stand-ins.js";
import type { User } from "../../../dev-provider/src/users.js";
import { BarePage, type Fetched } from "../bare-page.js";
import type {} from "../client-app/main.js";
import type { Browser } from "../engines/browser.js";

// On `window`: in Firefox a driver's script has a global object of its own, which ends with it.
declare global {
  /** What {@link VaultPage.begin} has begun in this document. */
  var begun: Record<string, Promise<Outcome>>;
}

/** What a begun request came to. */
interface Outcome extends Fetched {
  retryAfter: string | null;
}

/** The page of `client-app` in the browser's current tab, connected to the vault: with it comes the keeper. */
export class VaultPage extends BarePage {
  readonly #browser: Browser;
  readonly #standIns: TestedStandIns;

  constructor(browser: Browser, standIns: TestedStandIns) {
    super(browser, standIns);
    this.#browser = browser;
    this.#standIns = standIns;
  }

  /** Opens the page and connects. */
  override async open(path = "/"): Promise<void> {
    await this.#browser.goto(this.origin + path);
    await this.connect();
  }

  /** Opens the page in a tab of its own. Returns the tab. */
  async openInNewTab(path = "/"): Promise<string> {
    const tab = await this.#browser.newTab();
    await this.open(path);
    return tab;
  }

  /**
   * Leaves for the sign-in, in Chromium once the keeper is connected: 2 of 729 pages that left at once came back there to
   * a shared worker that asked nobody anything.
   */
  override async startSignIn(returnTo?: string): Promise<void> {
    if (this.#browser.engine === "chromium") {
      await this.#browser.waitFor(
        "a keeper to be connected",
        async () => (await this.session()).worker.keepers > 0,
      );
    }
    await super.startSignIn(returnTo);
  }

  /** Waits until the browser is back from the authorization server, and connects. */
  override async waitToBeBack(): Promise<void> {
    await super.waitToBeBack();
    await this.connect();
  }

  /** Connects this document; one that is connected stays so. */
  async connect(): Promise<void> {
    // A silent redirect may take the document away at any moment: then the next one is meant.
    await this.#browser.waitFor("the page to be connected", () =>
      this.#browser.evaluate(async () => {
        if (typeof connectVault !== "function") return false;
        if (!globalThis.vault) await connectVault({ worker: "/vault-worker.js" });
        return true;
      }),
    );
  }

  /** Opens the page in a tab of its own, where it is under the worker's control and has no keeper. Returns the tab. */
  async openWithoutVault(path = "/"): Promise<string> {
    const tab = await this.#browser.newTab();
    await this.goBackToApp(path);
    return tab;
  }

  /** Waits until a keeper has read a session's copy: a connection alone is no copy yet. */
  async waitForKeeper(): Promise<void> {
    await this.#browser.waitFor("a keeper with a copy", async () => {
      if (await this.hasAwakeKeeper()) return true;
      const { keepers } = (await this.session()).worker;
      const { requests } = this.#standIns.host.testing;
      const strayed = requests.filter(({ path }) => path === "/auth/keep").length;
      throw new Error(`${keepers} keepers are connected; ${strayed} of their requests came to the host`);
    });
  }

  /** Whether some keeper, of whichever page, has read a session's copy and is awake. */
  async hasAwakeKeeper(): Promise<boolean> {
    return await this.#browser.evaluate(
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

  /** Sends the login form and does not wait for what comes of it, as a driver's click does. */
  async submitWithoutWaiting({ username, password }: Pick<User, "username" | "password">): Promise<void> {
    await this.#browser.evaluate(
      (username, password) => {
        const field = (name: string) => document.querySelector<HTMLInputElement>(`input[name="${name}"]`);
        const [name, secret] = [field("username"), field("password")];
        if (name) name.value = username;
        if (secret) secret.value = password;
        // Later than the driver is done with this command: it waits for a navigation that has begun by then.
        setTimeout(() => document.querySelector<HTMLElement>('button[value="sign-in"]')?.click(), 300);
      },
      username,
      password,
    );
  }

  /** What the page's client knows of the session. */
  async status(): Promise<string> {
    return await this.#browser.evaluate(() => vault.session.status);
  }

  /** Waits until the page's client knows this of the session. A recovery may bring another document meanwhile. */
  async waitForStatus(status: string): Promise<void> {
    await this.#browser.waitFor(
      `the session to be ${status}`,
      async () => {
        await this.connect();
        return (await this.status()) === status;
      },
      30_000,
    );
  }

  /** Waits until the page is back from a silent redirect: in a document that found the session there. */
  async waitToBeRecovered(): Promise<void> {
    await this.waitFor("the session to be there from the first", async () => {
      await this.connect();
      // A keeper that connects is a change, too, and changes no status.
      const statuses = [...(await this.statuses()), await this.status()];
      return statuses.every((status) => status === "authenticated");
    });
  }

  /** Every status since the page was connected, each change once. */
  async statuses(): Promise<string[]> {
    const all = await this.#browser.evaluate(() => vaultChanges);
    return all.filter((status, index) => status !== all[index - 1]);
  }

  /** {@link Browser.waitFor}. */
  async waitFor(what: string, condition: () => Promise<boolean>): Promise<void> {
    await this.#browser.waitFor(what, condition, 30_000);
  }

  /** Begins a request and does not wait for it. */
  async begin(name: string, url: string, init: { method?: string } = {}): Promise<void> {
    await this.#browser.evaluate(
      (name, url, init) => {
        window.begun ??= {};
        window.begun[name] = fetch(url, init as RequestInit).then(
          async (response) => ({
            status: response.status,
            type: response.type,
            contentType: response.headers.get("content-type"),
            retryAfter: response.headers.get("retry-after"),
            text: await response.text().catch((error) => `broke: ${error}`),
          }),
          (error) => ({ status: 0, type: "error", contentType: null, retryAfter: null, text: String(error) }),
        );
      },
      name,
      url,
      init,
    );
  }

  /** What a begun request came to: `status` 0 if the browser gave up on it. */
  async outcome(name: string): Promise<Outcome> {
    return await this.#browser.evaluate(async (name) => {
      const outcome = await window.begun[name];
      if (!outcome) throw new Error(`${name} was not begun in this document`);
      return outcome;
    }, name);
  }

  /** Asks for a new version of the worker's script, as a browser does by itself at a navigation. */
  async update(): Promise<void> {
    await this.#browser.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      if (!registration) throw new Error("the page has no worker");
      await registration.update();
    });
  }

  /** The same without waiting for the browser to have the script. */
  async beginUpdate(): Promise<void> {
    await this.#browser.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      registration?.update().catch(() => {});
    });
  }

  /** Waits until a version that {@link update} found is installed. It may still wait for the old one. */
  async waitForInstallation(): Promise<void> {
    await this.#browser.waitFor("the new version to be installed", () =>
      this.#browser.evaluate(async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        return registration?.installing === null;
      }),
    );
  }

  /**
   * Waits until the version of the script that {@link versionPrelude} named is active. It is asked only once no other
   * waits: a question is work, and Chromium does not let a new version in while the old one has any.
   */
  async waitForVersion(version: number): Promise<void> {
    await this.#browser.waitFor(
      `version ${version} to be active`,
      async () => (await this.isSettled()) && (await this.askWorker("version")) === version,
      30_000,
    );
  }

  /** Changes keys of the worker's configuration and waits until the worker is the one that has them. */
  async configure({ host }: TestedStandIns, config: Record<string, unknown>): Promise<void> {
    host.testing.prelude = versionPrelude(2);
    host.testing.config = config;
    await this.update();
    await this.waitForVersion(2);
  }

  private async isSettled(): Promise<boolean> {
    return await this.#browser.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      return registration?.active?.state === "activated" && !registration.installing && !registration.waiting;
    });
  }

  /** Puts the worker's wall clock forward, as it is after sleep. It ends with the worker. */
  async sleepFor(seconds: number): Promise<void> {
    await this.askWorker("sleep", seconds * 1_000);
  }

  private async askWorker(what: string, value = 0): Promise<number | null> {
    return await this.#browser.evaluate(
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
 * What `/vault-worker.js` begins with: a version that can be asked for, a clock that can be put forward, word of what
 * becomes of each numbered API request that reaches the worker, and in a keeper an answer to whether it has read a frame
 * as long as a copy is.
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
        if (data === "has it a copy?" && hasCopy) channel.postMessage("copy");
      };
    }`;
}
