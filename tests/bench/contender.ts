import type { Browser } from "../e2e/engines/browser.js";
import type { Visit } from "./clients/visit.js";
import { PLACES, type Place, type Site } from "./site.js";

declare global {
  function registerWorker(url: string): Promise<void>;
  function measureLatency(url: string, headers: Record<string, string>, count: number): Promise<number[]>;
  function measureBurst(
    url: string,
    headers: Record<string, string>,
    count: number,
    inFlight: number,
  ): Promise<number>;
  function measureDownload(url: string, headers: Record<string, string>, bytes: number): Promise<number>;
  function measureUpload(url: string, headers: Record<string, string>, bytes: number): Promise<number>;
  function measureArrivals(
    url: string,
    headers: Record<string, string>,
    count: number,
    busy: number,
  ): Promise<number[]>;
  function measureOne(url: string, headers: Record<string, string>): Promise<Answered>;
  function takeHandlerProfile(): Promise<HandlerProfile>;
  function takeStartProfile(): Promise<StartProfile>;
}

/** A record of `handler-profile.js`; times in milliseconds by the worker's clock. */
export type HandlerProfile = {
  notes: {
    listener: number;
    requestBegun: number;
    requestMade: number;
    fetchBegun: number;
    fetchReturned: number;
    responded: number;
    answered: number;
  }[];
  fineClock: boolean;
};

/** The record of `start-profile.js`, in milliseconds. */
export type StartProfile = Record<"decode" | "compile" | "instantiate" | "evaluation", number>;

export type Answered = { status: number; milliseconds: number };

interface VisitOptions {
  /** In a browser that has stored nothing. */
  first?: boolean;
  /** The user's actions at the authorization server's form. */
  atForm?: (() => Promise<void>) | undefined;
}

/** One way to set a header on a request, open in its own window, which stays visible. */
export class Contender {
  private constructor(
    readonly name: string,
    private readonly browser: Browser,
    private readonly window: string,
    readonly site: Site,
    private readonly headers: Record<string, string>,
  ) {}

  /** Without a worker: the page sets `headers` itself, like libraries that keep tokens in the page. */
  static async withoutWorker(name: string, browser: Browser, site: Site, headers: Record<string, string>) {
    return new Contender(name, browser, await openWindow(browser, site), site, headers);
  }

  /** With a worker, without a page client; the page sets `headers`. */
  static async withWorker(
    name: string,
    browser: Browser,
    site: Site,
    worker: string,
    headers: Record<string, string> = {},
  ) {
    const window = await openWindow(browser, site);
    await browser.evaluate((url) => registerWorker(url), worker);
    return new Contender(name, browser, window, site, headers);
  }

  /** With a library's page client, signed in by a visit. `atForm` has the user's actions at the authorization server. */
  static async visiting(name: string, browser: Browser, site: Site, atForm?: () => Promise<void>) {
    const window = await openWindow(browser, site);
    const contender = new Contender(name, browser, window, site, {});
    await contender.visit({ atForm });
    return contender;
  }

  /** With a library's page client, in a browser that was just started and has shown nothing yet. */
  static async restarted(name: string, browser: Browser, site: Site) {
    return new Contender(name, browser, await browser.currentTab(), site, {});
  }

  /** Makes enough requests for the engine to compile all hot code. */
  async warmUp(): Promise<void> {
    for (const place of PLACES) await this.measureLatency(place, 0, 500);
  }

  /** Latencies of `count` sequential requests in milliseconds, after `warmUp` others. */
  async measureLatency(place: Place, warmUp: number, count: number): Promise<number[]> {
    await this.browser.switchTo(this.window);
    const latencies = await this.browser.evaluate(
      (url, headers, count) => measureLatency(url, headers, count),
      `${this.site.places[place]}ping`,
      // The API's header would cause a preflight elsewhere.
      place === "not the API" ? {} : this.headers,
      warmUp + count,
    );
    return latencies.slice(warmUp);
  }

  /** Requests per second, with `inFlight` concurrent ones. */
  async measureThroughput(count: number, inFlight: number): Promise<number> {
    await this.browser.switchTo(this.window);
    const milliseconds = await this.browser.evaluate(
      (url, headers, count, inFlight) => measureBurst(url, headers, count, inFlight),
      `${this.site.places["another origin"]}ping`,
      this.headers,
      count,
      inFlight,
    );
    return (1000 * count) / milliseconds;
  }

  /** Milliseconds to transfer a body of this size. */
  async measureTransfer(direction: "down" | "up", bytes: number): Promise<number> {
    await this.browser.switchTo(this.window);
    const { places } = this.site;
    return direction === "down"
      ? await this.browser.evaluate(
          (url, headers, bytes) => measureDownload(url, headers, bytes),
          places["another origin"],
          this.headers,
          bytes,
        )
      : await this.browser.evaluate(
          (url, headers, bytes) => measureUpload(url, headers, bytes),
          places["another origin"],
          this.headers,
          bytes,
        );
  }

  /** Milliseconds until the API has each of `count` requests, if the page is busy for `busy` ms right after them. */
  async measureArrivals(count: number, busy: number): Promise<number[]> {
    await this.browser.switchTo(this.window);
    return await this.browser.evaluate(
      (url, headers, count, busy) => measureArrivals(url, headers, count, busy),
      this.site.places["another origin"],
      this.headers,
      count,
      busy,
    );
  }

  /** Latencies of a request just before the browser stops the worker, and of one just after. */
  async measureStop(): Promise<{ warm: number; stopped: Answered }> {
    const [warm = Number.NaN] = await this.measureLatency("another origin", 5, 1);
    await this.browser.stopWorkers(this.site.origin);
    const stopped = await this.browser.evaluate(
      (url, headers) => measureOne(url, headers),
      `${this.site.places["another origin"]}ping`,
      this.headers,
    );
    return { warm, stopped };
  }

  /** Opens the page again, as a user does, and waits for the API's response. */
  async visit({ first = false, atForm }: VisitOptions = {}): Promise<Visit> {
    await this.browser.switchTo(this.window);
    if (first) {
      // An open page would keep its worker alive.
      await this.browser.leavePage();
      await this.browser.forget(this.site.origin);
      if (this.site.vault) await this.browser.forget(this.site.vault);
    }
    await this.browser.goto(`${this.site.origin}/?visit`);
    await atForm?.();
    const visit = await this.browser.waitFor("the visit to come to its end", () =>
      this.browser.evaluate(() => globalThis.visit ?? null),
    );
    if ("failed" in visit) throw new Error(`${this.name}: ${visit.failed}`);
    return visit;
  }

  async takeHandlerProfile(): Promise<HandlerProfile> {
    await this.browser.switchTo(this.window);
    return await this.browser.evaluate(() => takeHandlerProfile());
  }

  /** What a restarted worker does before it accepts a request. */
  async measureStart(): Promise<StartProfile> {
    await this.browser.switchTo(this.window);
    await this.browser.stopWorkers(this.site.origin);
    return await this.browser.evaluate(() => takeStartProfile());
  }
}

async function openWindow(browser: Browser, site: Site): Promise<string> {
  // A new tab would hide the others.
  await browser.newWindow();
  await browser.goto(site.origin);
  const isolated = await browser.evaluate(() => crossOriginIsolated);
  if (isolated !== site.isolated)
    throw new Error(`${site.origin} is ${isolated ? "" : "not "}cross-origin isolated.`);
  return await browser.currentTab();
}
