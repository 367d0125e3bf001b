import { setTimeout as delay } from "node:timers/promises";
import type { ReceivedRequest } from "../../dev-provider/src/api-testing.js";
import { ada } from "../../dev-provider/src/users.js";
import { buildClientApp } from "../e2e/client-page.js";
import type { Browser } from "../e2e/engines/browser.js";
import { SessionPage, versionPrelude } from "../e2e/session/session-page.js";
import { type StandIns, startStandIns } from "../stand-ins/stand-ins.js";
import { type Refusal, startLanes, stopLanes, type Tally, type Try } from "./lane.js";
import { Random } from "./random.js";

export interface FaultRunResult extends Omit<Tally, "unanswered" | "refused" | "bypassed"> {
  engine: string;
  seed: number;
  /** Requests that got a 401 or 503 although a worker took them and the session could be restored. */
  refused: number;
  /** Requests that got a 503 after the maximum waiting time, while every renewal failed. */
  waitedInVain: number;
  /** Requests that got a 401 and that no worker took. */
  bypassed: number;
  /** Requests without a response although the network was available for at least one try. */
  unanswered: number;
  /** Requests without a response, all of whose tries were during a network outage. */
  offline: number;
  /** Descriptions of the requests that count as failures. */
  failures: string[];
  /** How often each fault was injected. */
  faults: Record<string, number>;
  /** Requests to the token endpoint, by result. */
  tokenRequests: Record<string, number>;
  /** Sign-ins at the authorization server, including the first one. */
  authorizationRequests: number;
}

/** Lanes in each page. */
export const LANES = 2;
/** Maximum number of pages. */
export const PAGES = 3;
/** Time limit for open requests to end, in milliseconds: all tries of one request, and some more. */
const LANES_TIMEOUT_MS = 80_000;
/** Short enough for many renewals in a run, long enough to retry a failed one. */
const ACCESS_TOKEN_LIFETIME = 20;

/** How long a request waits in the queue, in milliseconds: `QUEUE_TIME` of the core. */
const QUEUE_TIME = 10_000;

/** Maximum length of a network outage, in milliseconds. Shorter than all tries of a request, so that it gets a response. */
const LONGEST_OUTAGE = 3_000;

/** A seeded schedule of faults. */
export class FaultRun {
  readonly seed: number;
  readonly #random: Random;
  readonly #pages: string[] = [];
  readonly #tallies: Tally[] = [];
  readonly #faults: Record<string, number> = {};
  #version = 1;
  #interceptor: string | undefined;

  constructor(
    private readonly browser: Browser,
    seed = Math.floor(Math.random() * 2 ** 32),
    /** Whether the vault has an origin of its own. */
    private readonly vaultOrigin = false,
  ) {
    this.seed = seed;
    this.#random = new Random(seed);
  }

  /** Runs for `milliseconds` and returns the results of all API requests. */
  async run(milliseconds: number, log: (line: string) => void = () => {}): Promise<FaultRunResult> {
    const app = await buildClientApp(this.browser.engine);
    const standIns = await startStandIns({ app, vaultOrigin: this.vaultOrigin });
    try {
      const { testing } = standIns.authorizationServer;
      testing.settings.accessTokenLifetime = ACCESS_TOKEN_LIFETIME;
      testing.settings.idTokenLifetime = ACCESS_TOKEN_LIFETIME;
      testing.settings.rotation = { graceSeconds: 60 };
      await this.#deploy(standIns);
      await this.browser.leaveOneTab();
      const page = new SessionPage(this.browser, standIns);
      await page.openConnected();
      await page.signIn(ada);
      await page.worker.waitForKeeper();
      await this.#startLanes(standIns);

      const end = Date.now() + milliseconds;
      while (Date.now() < end) {
        const [name, make] = this.#random.pick(this.#possible(page, standIns));
        this.#faults[name] = (this.#faults[name] ?? 0) + 1;
        log(`${new Date().toISOString()} ${name}`);
        await make();
        // The pace of the schedule; waits for nothing.
        await delay(this.#random.between(50, 1_500));
      }
      standIns.network.restore();
      for (const tab of [...this.#pages]) await this.#tallyOf(tab);
      return this.#result(standIns);
    } finally {
      await this.browser.leaveOneTab();
      await standIns.close();
    }
  }

  /** The faults that are possible now. A fault that is listed twice is twice as likely. */
  #possible(page: SessionPage, standIns: StandIns): [string, () => Promise<void>][] {
    const { app, vault } = standIns;
    const { tokenEndpoint } = standIns.authorizationServer.testing;
    const faults: [string, () => Promise<void>][] = [
      ["stop the worker", () => this.browser.stopWorkers()],
      ["stop the worker", () => this.browser.stopWorkers()],
      ["token endpoint: 500", async () => tokenEndpoint.fail({ status: 500 })],
      ["token endpoint: cut", async () => tokenEndpoint.fail({ reset: "before" })],
      ["token endpoint: answer lost", async () => tokenEndpoint.fail({ reset: "after" })],
      ["refresh", async () => page.begin("refresh", "/auth/refresh", { method: "POST" })],
      [
        "new version",
        async () => {
          this.#version += 1;
          await this.#deploy(standIns);
          await page.worker.beginUpdate();
          if (vault) await this.browser.evaluate(updateInterceptor);
        },
      ],
    ];
    if (vault) {
      faults.push(["stop the vault's worker", () => this.browser.stopWorkers(vault.origin)]);
      faults.push(["stop the interceptor", () => this.browser.stopWorkers(app.origin)]);
    }
    if (!standIns.network.isLost) {
      faults.push(["network loss", () => this.#loseNetwork(standIns)]);
    }
    // No page can be opened without a network.
    if (this.#pages.length < PAGES && !standIns.network.isLost) {
      faults.push(["open a tab", () => this.#openTab(page, standIns)]);
    }
    if (this.#pages.length > 1) {
      faults.push(["close a tab", () => this.#closeTab()]);
      faults.push(["look at another tab", async () => this.browser.switchTo(this.#random.pick(this.#pages))]);
    }
    return faults;
  }

  /** Deploys a version of the worker script, and of the interceptor, which tells the pages what it sees. */
  async #deploy({ app, host, vault }: StandIns): Promise<void> {
    const { testing } = host;
    testing.prelude = versionPrelude(this.#version);
    if (!vault) return;
    this.#interceptor ??= await (
      await fetch(`http://localhost:${new URL(app.origin).port}/vault-worker.js`)
    ).text();
    testing.scripts["/vault-worker.js"] = `${testing.prelude}\n${this.#interceptor}`;
  }

  /** Makes authorization server, API and host unreachable for a while; other faults continue. */
  async #loseNetwork({ network }: StandIns): Promise<void> {
    network.lose("app", "authorizationServer", "api");
    setTimeout(() => network.restore(), this.#random.between(100, LONGEST_OUTAGE));
  }

  async #openTab(page: SessionPage, standIns: StandIns): Promise<void> {
    await page.openInNewTab();
    await this.#startLanes(standIns);
  }

  async #closeTab(): Promise<void> {
    await this.#tallyOf(this.#random.pick(this.#pages));
    await this.browser.driver.close();
    await this.browser.switchTo(this.#random.pick(this.#pages));
  }

  async #startLanes(standIns: StandIns): Promise<void> {
    await this.browser.evaluate(startLanes, `${standIns.api.url}me`, LANES);
    this.#pages.push(await this.browser.currentTab());
  }

  /** Ends the lanes of a page. Open requests count too. */
  async #tallyOf(tab: string): Promise<void> {
    this.#pages.splice(this.#pages.indexOf(tab), 1);
    await this.browser.switchTo(tab);
    await this.browser.driver.manage().setTimeouts({ script: LANES_TIMEOUT_MS + 20_000 });
    this.#tallies.push(...(await this.browser.evaluate(stopLanes, LANES_TIMEOUT_MS)));
    await this.browser.prepare();
  }

  #result({ authorizationServer, api, network }: StandIns): FaultRunResult {
    const { tokenRequests, authorizationRequests } = authorizationServer.testing;
    const sum = (key: "answered" | "retried") =>
      this.#tallies.reduce((total, tally) => total + tally[key], 0);
    const metLostNetwork = ({ from, to, isNetworkError }: Try) =>
      isNetworkError && network.outages.some((outage) => outage.from <= to && from <= outage.to);
    const refusals = this.#tallies.flatMap(({ refused }) => refused);
    // Only failed token requests of the worker excuse a refusal: no request, or a successful one, does not.
    const waitedInVain = ({ status, from, to }: Refusal) => {
      const asked = tokenRequests.filter(({ at }) => from <= at && at <= to);
      const isOut = network.outages.some((outage) => outage.from <= to && from <= outage.to);
      return (
        status === 503 &&
        to - from >= QUEUE_TIME &&
        (asked.length > 0 || isOut) &&
        asked.every(({ outcome }) => outcome !== "ok")
      );
    };
    const refused = refusals.filter((refusal) => !waitedInVain(refusal));
    const withoutAnswer = this.#tallies.flatMap(({ unanswered }) => unanswered);
    const unanswered = withoutAnswer.filter((tries) => !tries.every(metLostNetwork));
    return {
      engine: this.browser.engine,
      seed: this.seed,
      answered: sum("answered"),
      retried: sum("retried"),
      refused: refused.length,
      waitedInVain: refusals.length - refused.length,
      bypassed: this.#tallies.flatMap(({ bypassed }) => bypassed).length,
      unanswered: unanswered.length,
      offline: withoutAnswer.length - unanswered.length,
      slowest: Math.max(...this.#tallies.map(({ slowest }) => slowest)),
      failures: [
        ...refused.map((refusal) => tellRefusal(refusal, api.testing.requests)),
        ...unanswered.map(tellTries),
      ],
      faults: this.#faults,
      tokenRequests: countBy(tokenRequests.map(({ outcome }) => outcome)),
      authorizationRequests: authorizationRequests.length,
    };
  }
}

/** Runs in the page: has the browser look for a new version of the interceptor. */
async function updateInterceptor(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration();
  registration?.update().catch(() => {});
}

/** The result as text. */
export function report(result: FaultRunResult): string {
  const { engine, seed, answered, retried, unanswered, offline, slowest, failures } = result;
  const { refused, bypassed, waitedInVain } = result;
  return [
    `${engine}, seed ${seed}: ${answered} requests succeeded (${retried} of them after a network error),`,
    `${unanswered} got no response, ${refused} got a 401 or 503, no worker took ${bypassed},`,
    `${waitedInVain} got a 503 after ${QUEUE_TIME} ms without a successful renewal,`,
    `${offline} were tried only during a network outage; the slowest took ${slowest} ms`,
    `faults: ${JSON.stringify(result.faults)}`,
    `token requests: ${JSON.stringify(result.tokenRequests)}; sign-ins at the server: ${result.authorizationRequests}`,
    ...failures,
  ].join("\n");
}

function tellTries(tries: Try[]): string {
  return tries.map(({ from, to, outcome }) => `${time(from)} ${outcome} after ${to - from} ms`).join("; ");
}

/** Describes a refused request with the remaining lifetime of its token, if it had one. */
function tellRefusal({ number, status, from, to, told }: Refusal, requests: ReceivedRequest[]): string {
  const seen = requests
    .filter(({ method, query }) => method === "GET" && query.number === number)
    .map(({ at, authorization }) => {
      if (!authorization) return "without a token";
      return `with a token valid for ${(authorization.expiresAt ?? 0) - at} ms more`;
    });
  return `${time(from)} ${status} after ${to - from} ms; the API got the request ${seen.join(", then ")}; ${told.join(", ")}`;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

function countBy(items: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}
