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
  function measureOne(url: string, headers: Record<string, string>): Promise<Answered>;
  function takeHandlerProfile(): Promise<HandlerProfile>;
  function takeStartProfile(): Promise<StartProfile>;
  function takeCrossings(): Promise<Record<string, number>>;
}

/** What `handler-profile.js` noted; times in milliseconds of the worker's clock. */
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

/** What `start-profile.js` noted, in milliseconds. */
export type StartProfile = Record<"load" | "decode" | "compile" | "instantiate" | "evaluation", number>;

export type Answered = { status: number; milliseconds: number };

interface VisitOptions {
  /** With nothing stored. */
  first?: boolean;
  /** What the user does at the authorization server, if it asks. */
  atForm?: (() => Promise<void>) | undefined;
}

/** One way to get a header on a request, open in a window of its own, which stays visible. */
export class Contender {
  private constructor(
    readonly name: string,
    private readonly browser: Browser,
    private readonly window: string,
    readonly site: Site,
    private readonly headers: Record<string, string>,
  ) {}

  /** No worker: the page sets `headers` itself, as libraries do that keep tokens in the page. */
  static async withoutWorker(name: string, browser: Browser, site: Site, headers: Record<string, string>) {
    return new Contender(name, browser, await openWindow(browser, site), site, headers);
  }

  /** A worker without a page client, and with it `headers` that the page sets. */
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

  /** A library with its page client, signed in by a visit; `atForm` is what the user does at the authorization server. */
  static async visiting(name: string, browser: Browser, site: Site, atForm?: () => Promise<void>) {
    const window = await openWindow(browser, site);
    const contender = new Contender(name, browser, window, site, {});
    await contender.visit({ atForm });
    return contender;
  }

  /** Makes so many requests that the engine has compiled what it will compile. */
  async warmUp(): Promise<void> {
    for (const place of PLACES) await this.measureLatency(place, 0, 500);
  }

  /** Latencies of `count` sequential requests in milliseconds, after `warmUp` others. */
  async measureLatency(place: Place, warmUp: number, count: number): Promise<number[]> {
    await this.browser.switchTo(this.window);
    const latencies = await this.browser.evaluate(
      (url, headers, count) => measureLatency(url, headers, count),
      `${this.site.places[place]}ping`,
      // Who sends the API's header elsewhere would ask for a preflight there.
      place === "not the API" ? {} : this.headers,
      warmUp + count,
    );
    return latencies.slice(warmUp);
  }

  /** Requests per second, `inFlight` of them at a time. */
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

  /** Milliseconds for a body of so many bytes. */
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

  /** A request just before the browser stops the worker, and the one just after. */
  async measureStop(): Promise<{ warm: number; stopped: Answered }> {
    const [warm = Number.NaN] = await this.measureLatency("another origin", 5, 1);
    await this.browser.stopWorkersOf(this.site.origin);
    const stopped = await this.browser.evaluate(
      (url, headers) => measureOne(url, headers),
      `${this.site.places["another origin"]}ping`,
      this.headers,
    );
    return { warm, stopped };
  }

  /** Opens the page anew, as a user does, and waits until the API has answered. */
  async visit({ first = false, atForm }: VisitOptions = {}): Promise<Visit> {
    await this.browser.switchTo(this.window);
    if (first) {
      // A page that is open would hold on to its worker.
      await this.browser.leavePage();
      await this.browser.forget(this.site.origin);
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

  /** What crossed into the worker's wasm and out of it since the last call, by the direction and the glue's source. */
  async takeCrossings(): Promise<Record<string, number>> {
    await this.browser.switchTo(this.window);
    return await this.browser.evaluate(() => takeCrossings());
  }

  /** What a worker that was stopped does before it takes a request. */
  async measureStart(): Promise<StartProfile> {
    await this.browser.switchTo(this.window);
    await this.browser.stopWorkersOf(this.site.origin);
    return await this.browser.evaluate(() => takeStartProfile());
  }
}

async function openWindow(browser: Browser, site: Site): Promise<string> {
  // A tab would hide the ones before it.
  await browser.newWindow();
  await browser.goto(site.origin);
  return await browser.currentTab();
}
