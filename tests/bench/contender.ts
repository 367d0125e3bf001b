import type { User } from "strongroom-demo/servers/users.js";
import type { Browser } from "../e2e/engines/browser.js";
import type { LoginPage } from "../e2e/login-page.js";
import { API_PLACES, type ApiPlace, FLOOR_WORKER, type Site, VAULT_WORKER } from "./site.js";

declare global {
  function registerWorker(url: string): Promise<void>;
  function followSession(worker: string): Promise<void>;
  function countKeepers(): Promise<number>;
  function measureLatency(url: string, headers: Record<string, string>, count: number): Promise<number[]>;
  function takeHandlerProfile(): Promise<HandlerProfile>;
}

/** What `handler-profile.js` noted; times in milliseconds of the worker's clock. */
export type HandlerProfile = {
  notes: {
    listener: number;
    requestBegun: number;
    requestMade: number;
    fetchBegun: number;
    fetchReturned: number;
  }[];
  fineClock: boolean;
};

/** One way to get a header on a request, open in a window of its own, which stays visible. */
export class Contender {
  private constructor(
    readonly name: string,
    private readonly browser: Browser,
    private readonly window: string,
    private readonly site: Site,
    private readonly headers: Record<string, string>,
  ) {}

  /** No worker: the page sets the header itself, as libraries do that keep tokens in the page. */
  static async withoutWorker(name: string, browser: Browser, site: Site, authorization: string) {
    const window = await openWindow(browser, site);
    return new Contender(name, browser, window, site, { authorization });
  }

  /**
   * The hand-written worker of `floor-worker.js`. The page leaves for `elsewhere` and comes back, as one that signs in
   * does: Chromium then gives it a new process beside the worker's, and requests that cross processes cost more.
   */
  static async floor(name: string, browser: Browser, site: Site, elsewhere: string) {
    const window = await openWindow(browser, site);
    await browser.evaluate((url) => registerWorker(url), FLOOR_WORKER);
    await browser.goto(elsewhere);
    await browser.goto(site.origin);
    return new Contender(name, browser, window, site, {});
  }

  /** Strongroom, signed in at the authorization server. */
  static async strongroom(name: string, browser: Browser, site: Site, login: LoginPage, user: User) {
    const window = await openWindow(browser, site);
    await browser.evaluate((url) => registerWorker(url), VAULT_WORKER);
    await browser.goto(`${site.origin}/auth/login?returnTo=/`);
    // The authorization server knows the browser after the first sign-in, and then there is no form.
    if (new URL(await browser.url()).origin !== site.origin) {
      await login.waitForForm();
      await login.submit(user);
    }
    await browser.waitFor("the browser to be back from sign-in", () =>
      browser.evaluate(
        (origin) => location.origin === origin && document.readyState === "complete",
        site.origin,
      ),
    );
    await browser.evaluate((url) => followSession(url), VAULT_WORKER);
    await browser.waitFor("the keeper", async () => (await browser.evaluate(() => countKeepers())) === 1);
    return new Contender(name, browser, window, site, {});
  }

  /** Makes so many requests that the engine has compiled what it will compile. */
  async warmUp(): Promise<void> {
    for (const place of API_PLACES) await this.measureLatency(place, 0, 500);
  }

  /** Latencies of `count` sequential requests in milliseconds, after `warmUp` others. */
  async measureLatency(place: ApiPlace, warmUp: number, count: number): Promise<number[]> {
    await this.browser.switchTo(this.window);
    const latencies = await this.browser.evaluate(
      (url, headers, count) => measureLatency(url, headers, count),
      `${this.site.apis[place]}ping`,
      this.headers,
      warmUp + count,
    );
    return latencies.slice(warmUp);
  }

  /** Latencies of a request just before the browser stops the worker, and of the one just after, in milliseconds. */
  async measureStop(): Promise<{ warm: number; stopped: number }> {
    const place = "another origin";
    const [warm = Number.NaN] = await this.measureLatency(place, 5, 1);
    await this.browser.stopWorkers();
    const [stopped = Number.NaN] = await this.measureLatency(place, 0, 1);
    return { warm, stopped };
  }

  async takeHandlerProfile(): Promise<HandlerProfile> {
    await this.browser.switchTo(this.window);
    return await this.browser.evaluate(() => takeHandlerProfile());
  }
}

async function openWindow(browser: Browser, site: Site): Promise<string> {
  // A tab would hide the ones before it.
  await browser.driver.switchTo().newWindow("window");
  await browser.goto(site.origin);
  return await browser.currentTab();
}
