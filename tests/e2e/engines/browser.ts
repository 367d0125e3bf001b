import { setTimeout as delay } from "node:timers/promises";
import { error as driverError, type WebDriver, type WebElement } from "selenium-webdriver";
import { runsWorkers, stopWorkers } from "./devtools.js";
import type { Engine } from "./engine.js";
import { asyncScript, type Json, readOutcome } from "./page-function.js";

/** How long a condition may take to become true before a test fails with its description. */
const WAIT_TIMEOUT_MS = 15_000;

/**
 * Pauses between two evaluations of a condition. They grow, because an evaluation takes processor time in four processes: with 25 ms
 * throughout, four files took 87 CPU-seconds instead of 73 in Chromium.
 */
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 100;

/** How another process joins a running browser. */
export interface BrowserAddress {
  engine: Engine;
  /** Of the WebDriver server. */
  url: string;
  sessionId: string;
  /** Host and port of Chromium's debugger; empty for the others. */
  debuggerAddress: string;
}

/** A browser, driven over WebDriver, with an interface that is the same for all engines. */
export class Browser {
  readonly engine;

  constructor(
    /** The WebDriver session, for typing and clicking. */
    readonly driver: WebDriver,
    /** How another process joins this browser. */
    readonly address: BrowserAddress,
    private readonly stop: () => Promise<void>,
  ) {
    this.engine = address.engine;
  }

  /** Sets the session's timeouts, shorter than a test's, so that errors name what hangs. Called once per session. */
  async prepare(): Promise<void> {
    await this.driver.manage().setTimeouts({ script: 20_000, pageLoad: 20_000 });
  }

  /** Engine and version, of a browser that this process launched. */
  async nameAndVersion(): Promise<string> {
    const capabilities = await this.driver.getCapabilities();
    return `${this.engine} ${capabilities.getBrowserVersion()}`;
  }

  /** Loads a URL and waits for its `load` event. */
  async goto(url: string): Promise<void> {
    await this.driver.get(url);
  }

  /** The URL of the current document. */
  async url(): Promise<string> {
    return await this.driver.getCurrentUrl();
  }

  /** Opens a tab, switches to it, and returns its handle. */
  async newTab(url?: string): Promise<string> {
    await this.driver.switchTo().newWindow("tab");
    if (url !== undefined) await this.goto(url);
    return await this.currentTab();
  }

  /** Opens a window and switches to its tab, which is visible. */
  async newWindow(): Promise<void> {
    await this.driver.switchTo().newWindow("window");
  }

  async currentTab(): Promise<string> {
    return await this.driver.getWindowHandle();
  }

  async switchTo(tab: string): Promise<void> {
    await this.driver.switchTo().window(tab);
  }

  /**
   * Closes every tab and leaves a new, blank one, from which each scenario starts. A new one, because a driver waits for a navigation
   * that a scenario has left unfinished.
   */
  async leaveOneTab(): Promise<void> {
    const old = await this.driver.getAllWindowHandles();
    const current = await this.currentTab().catch(() => null);
    // A scenario that ran into its time limit has closed it. Drivers open no tab from one that is gone.
    if (current === null && old[0]) await this.switchTo(old[0]);
    // Not by newTab(): each switch of tabs draws a page.
    const blank = await this.extension<{ handle: string }>("window/new", { type: "tab" });
    for (const tab of old) {
      if (old.length > 1 || tab !== current) await this.switchTo(tab);
      await this.driver.close();
    }
    await this.switchTo(blank.handle);
  }

  /** Opens an empty tab and closes the current one, and with it every page in its history. */
  async replaceTab(): Promise<void> {
    const left = await this.currentTab();
    const fresh = await this.newTab();
    await this.switchTo(left);
    await this.driver.close();
    await this.switchTo(fresh);
  }

  /** Goes to an empty page. */
  async leavePage(): Promise<void> {
    await this.goto("about:blank");
  }

  /**
   * Runs a self-contained, possibly asynchronous function in the page, with arguments and result as JSON. What it throws
   * is thrown here as a {@link PageError}.
   */
  async evaluate<Arguments extends Json[], Result>(
    pageFunction: (...args: Arguments) => Result,
    ...args: Arguments
  ): Promise<Awaited<Result>> {
    const text: string = await this.driver.executeAsyncScript(
      asyncScript(pageFunction),
      JSON.stringify(args),
    );
    return readOutcome(text) as Awaited<Result>;
  }

  /** Does `what` with the page's frame of this selector in place of the page. */
  async inFrame<Result>(selector: string, what: () => Promise<Result>): Promise<Result> {
    await this.driver.switchTo().frame(await this.driver.findElement({ css: selector }));
    try {
      return await what();
    } finally {
      await this.driver.switchTo().defaultContent();
    }
  }

  /** Runs a self-contained function in the page during a click, when browsers allow opening windows. */
  async evaluateOnClick<Arguments extends Json[]>(
    pageFunction: (...args: Arguments) => void,
    ...args: Arguments
  ): Promise<void> {
    await this.evaluate(() => {
      document.body.prepend(
        Object.assign(document.createElement("button"), { id: "test", textContent: "Test" }),
      );
    });
    // As a handler of the page, because the Content-Security-Policy may forbid evaluating text.
    await this.driver.executeScript(
      `const args = arguments; document.getElementById("test").onclick = () => { (${pageFunction.toString()})(...args); };`,
      ...args,
    );
    await this.driver.findElement({ id: "test" }).click();
  }

  /**
   * Evaluates the condition until its result is neither `false`, `null` nor `undefined`, and returns the result. An error of the condition
   * counts as "not yet", because the page may be between two documents, and is part of the timeout's message. A script whose document is
   * replaced takes the driver's own timeout, which does not count the first time.
   *
   * @param what completes the sentence "waited for …".
   */
  async waitFor<Result>(
    what: string,
    condition: () => Promise<Result>,
    timeout = WAIT_TIMEOUT_MS,
  ): Promise<Exclude<Result, false | null | undefined>> {
    let deadline = Date.now() + timeout;
    let isExtended = false;
    let pause = FIRST_PAUSE_MS;
    let last: unknown;
    do {
      const askedAt = Date.now();
      try {
        const answer = await condition();
        if (answer !== false && answer !== null && answer !== undefined) {
          return answer as Exclude<Result, false | null | undefined>;
        }
        last = answer;
      } catch (error) {
        last = error;
        if (error instanceof driverError.ScriptTimeoutError && !isExtended) {
          isExtended = true;
          deadline += Date.now() - askedAt;
        }
      }
      await delay(pause);
      pause = Math.min(1.5 * pause, LONGEST_PAUSE_MS);
    } while (Date.now() < deadline);
    const url = await this.url().catch(() => "an unknown URL");
    throw new Error(`${this.engine}: waited ${timeout} ms for ${what}, at ${url}; last: ${last}`);
  }

  /** Clicks an element as soon as it can be clicked. */
  async click(selector: string): Promise<void> {
    let clickedAt: string | null = null;
    // The page may replace the element during the click; then click the new one.
    await this.waitFor(`${selector} to take a click`, async () => {
      // WebKit's driver does not scroll to elements at the lower edge of the window, and then cannot click them.
      const [element, url] = await this.driver.executeScript<[WebElement | null, string]>(
        `const element = document.querySelector(arguments[0]);
         element?.scrollIntoView({ block: "center" });
         return [element, location.href];`,
        selector,
      );
      // Firefox's driver occasionally reports an error for a click that navigates.
      if (!element) return clickedAt !== null && url !== clickedAt;
      clickedAt = url;
      await element.click();
      return true;
    });
  }

  async reload(): Promise<void> {
    await this.driver.navigate().refresh();
  }

  /** Remembers the current document, for `waitForNewDocument`. */
  async markDocument(): Promise<void> {
    await this.evaluate(() => {
      document.documentElement.dataset.seenByTest = "";
    });
  }

  /** Waits until a complete document has replaced the marked one. */
  async waitForNewDocument(): Promise<void> {
    await this.waitFor("another document", () =>
      this.evaluate(
        () => document.readyState === "complete" && !("seenByTest" in document.documentElement.dataset),
      ),
    );
  }

  /** Stops service workers until no worker of any kind runs. Close the pages first, which ends their shared workers. */
  async endWorkers(): Promise<void> {
    await this.waitFor("every worker to end", async () => {
      await this.stopWorkers();
      return !(await this.runsWorkers());
    });
  }

  private async runsWorkers(): Promise<boolean> {
    switch (this.engine) {
      case "chromium":
        return await runsWorkers(this.address.debuggerAddress);
      case "firefox":
        return await this.privileged(`
          const { children } = await ChromeUtils.requestProcInfo();
          return children.some(({ threads }) => threads.some(({ name }) => name.startsWith("DOM Worker")));
        `);
      case "webkit":
        throw new Error("WebKitGTK does not tell a driver which workers run");
    }
  }

  /**
   * Stops every active service worker as the browser does when it is idle, losing its memory.
   *
   * @param origin only those of this one.
   */
  async stopWorkers(origin?: string): Promise<void> {
    const scope = origin === undefined ? "" : `${origin}/`;
    switch (this.engine) {
      case "chromium":
        await stopWorkers(this.address.debuggerAddress, "active", scope);
        return;
      case "firefox":
        await this.privileged(`
          const manager = Cc["@mozilla.org/serviceworkers/manager;1"].getService(Ci.nsIServiceWorkerManager);
          const registrations = manager.getAllRegistrations();
          const stopped = [];
          for (let i = 0; i < registrations.length; i++) {
            const { activeWorker, scope } = registrations.queryElementAt(i, Ci.nsIServiceWorkerRegistrationInfo);
            if (activeWorker && scope.startsWith(${JSON.stringify(scope)})) stopped.push(activeWorker.terminateWorker());
          }
          return Promise.all(stopped).then(() => stopped.length);
        `);
        return;
      case "webkit":
        throw new Error("WebKitGTK gives a driver no way to stop a service worker");
    }
  }

  /** Stops a version of a service worker that waits for the active one to end. Chromium only. */
  async stopWaitingWorker(): Promise<void> {
    await stopWorkers(this.address.debuggerAddress, "waiting");
  }

  /** Freezes the page of the current tab, and its workers, as a browser does to save memory and power. Chromium only. */
  async freeze(): Promise<void> {
    await this.devtools("Page.setWebLifecycleState", { state: "frozen" });
  }

  async thaw(): Promise<void> {
    await this.devtools("Page.setWebLifecycleState", { state: "active" });
  }

  /** Reloads without service worker and cache, like a user with the shift key. */
  async hardReload(): Promise<void> {
    switch (this.engine) {
      case "chromium":
        await this.devtools("Page.reload", { ignoreCache: true });
        return;
      case "firefox":
        await this.privileged("BrowserCommands.reloadSkipCache();");
        return;
      case "webkit":
        throw new Error("not yet known how");
    }
  }

  /**
   * Forgets all that an origin has stored, its service worker too; in Chromium also the cache of all. Not cookies, which are those
   * of other ports, too.
   */
  async forget(origin: string): Promise<void> {
    switch (this.engine) {
      case "chromium": {
        const storageTypes = "cache_storage,file_systems,indexeddb,local_storage,service_workers";
        await this.devtools("Storage.clearDataForOrigin", { origin, storageTypes });
        await this.devtools("Network.clearBrowserCache");
        return;
      }
      case "firefox":
        await this.privileged(`
          const principal = Services.scriptSecurityManager.createContentPrincipalFromOrigin(${JSON.stringify(origin)});
          const failed = await new Promise((resolve) =>
            Services.clearData.deleteDataFromPrincipal(principal, true, Ci.nsIClearDataService.CLEAR_DOM_QUOTA, resolve),
          );
          if (failed) throw new Error("not everything was deleted: " + failed);
        `);
        return;
      case "webkit":
        throw new Error("WebKitGTK gives a driver no way to delete what an origin has stored");
    }
  }

  /** Whether the current window is a private one. Firefox only. */
  async isPrivate(): Promise<boolean> {
    return await this.privileged("return PrivateBrowsingUtils.isWindowPrivate(window);");
  }

  /** Runs a script with the privileges of Firefox itself. */
  private async privileged<Result = void>(script: string): Promise<Result> {
    await this.extension("moz/context", { context: "chrome" });
    try {
      return (await this.driver.executeScript(`return (async () => { ${script} })();`)) as Result;
    } finally {
      await this.extension("moz/context", { context: "content" });
    }
  }

  /** Quits the browser like a user, so that it saves the profile, and ends its driver. */
  async quit(): Promise<void> {
    await this.driver.quit();
    await this.stop();
  }

  /** Ends the browser and its driver and removes the profile. */
  async close(): Promise<void> {
    await this.stop();
  }

  private async devtools(cmd: string, params: Json = {}): Promise<void> {
    await this.extension("goog/cdp/execute", { cmd, params });
  }

  /** A command that the driver's client does not have. */
  private async extension<Result = void>(path: string, body: Json): Promise<Result> {
    const { url, sessionId } = this.address;
    const response = await fetch(`${url}/session/${sessionId}/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} was refused by the driver: ${await response.text()}`);
    return ((await response.json()) as { value: Result }).value;
  }
}
