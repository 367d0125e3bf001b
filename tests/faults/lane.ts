/** What came of the API requests of one lane. */
export interface Tally {
  /** 200. */
  answered: number;
  /** Of these, after a network error: the browser stopped the worker under the request, or there was no network. */
  retried: number;
  /** 401 to requests that a worker saw: the API was asked without a token, or with a bad one. */
  anonymous: Refusal[];
  /** 401 to a request that the browser showed to no worker: Firefox loses one in the moment in which a new version takes over. */
  bypassed: Refusal[];
  /** No answer within the time that a request may take, or none however often it was tried: what each try came to. */
  unanswered: Try[][];
  /** The slowest answer, in milliseconds. */
  slowest: number;
}

/** A request that got a 401. Times are the wall clock's. */
export interface Refusal {
  number: string;
  from: number;
  to: number;
  /** What workers said that they did with it. */
  told: string[];
}

/** One try of a request, by the wall clock. */
export interface Try {
  from: number;
  to: number;
  /** A network error may be the network's; everything else is the worker's. */
  isNetworkError: boolean;
  outcome: string;
}

export interface Lanes {
  stop: boolean;
  done: Promise<Tally[]>;
  /** What is under way, by the number of a request: for whoever waits in vain. */
  underWay: Record<string, string>;
}

declare global {
  var lanes: Lanes;
}

/**
 * Runs in a page, by itself: makes API requests one after the other until it is told to stop. A network error is tried
 * again after a pause that grows, as an app does: networks come and go, and a browser that kills a worker fails what
 * the worker had in hand, whoever wrote it. Each request has a number, which the worker under test tells when it sees it.
 */
export function startLanes(url: string, count: number): void {
  const TRIES = 10;
  const lanes: Lanes = { stop: false, done: Promise.resolve([]), underWay: {} };
  const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const told = new Map<string, string[]>();
  const channel = new BroadcastChannel("seen");
  channel.onmessage = ({ data }) => {
    const { number, what } = data as { number: string; what: string };
    told.set(number, [...(told.get(number) ?? []), what]);
  };
  const send = async (number: string): Promise<number> => {
    const address = `${url}?${new URLSearchParams({ number })}`;
    lanes.underWay[number] = `asked at ${new Date().toISOString()}`;
    try {
      const response = await fetch(address, { signal: AbortSignal.timeout(30_000) });
      lanes.underWay[number] += `, ${response.status} at ${new Date().toISOString()}`;
      await response.arrayBuffer();
      return response.status;
    } finally {
      delete lanes.underWay[number];
    }
  };

  /** Whether the request has come to something. */
  const attempt = async (tally: Tally, tries: Try[]): Promise<boolean> => {
    const from = Date.now();
    const number = crypto.randomUUID();
    const fails = (isNetworkError: boolean, outcome: string) => {
      tries.push({ from, to: Date.now(), isNetworkError, outcome });
      if (!isNetworkError || tries.length === TRIES) tally.unanswered.push(tries);
      return !isNetworkError || tries.length === TRIES;
    };
    try {
      const status = await send(number);
      const to = Date.now();
      tally.slowest = Math.max(tally.slowest, to - from);
      if (status === 401) tally.anonymous.push({ number, from, to, told: [] });
      else if (status !== 200) return fails(false, String(status));
      else tally.answered += 1;
      if (status === 200 && tries.length > 0) tally.retried += 1;
      return true;
    } catch (error) {
      return fails((error as Error).name !== "TimeoutError", String(error));
    }
  };

  const lane = async (): Promise<Tally> => {
    const tally: Tally = {
      answered: 0,
      retried: 0,
      anonymous: [],
      bypassed: [],
      unanswered: [],
      slowest: 0,
    };
    while (!lanes.stop) {
      const tries: Try[] = [];
      while (!(await attempt(tally, tries))) await pause(Math.min(250 * 2 ** tries.length, 2_000));
      // An app is not a load generator; and Chromium lets a new version in only between two requests.
      await pause(Math.random() * 200);
    }
    return tally;
  };

  /** Waits until the page has heard of a request that the worker has just seen: earlier ones it has heard of by then. */
  const haveHeardAll = async () => {
    for (;;) {
      const number = crypto.randomUUID();
      const status = await send(number).catch(() => 0);
      if (status === 200 && told.has(number)) return;
      await pause(250);
    }
  };

  const all = async () => {
    const tallies = await Promise.all(Array.from({ length: count }, lane));
    if (tallies.some(({ anonymous }) => anonymous.length > 0)) await haveHeardAll();
    return tallies.map((tally) => {
      const refusals = tally.anonymous.map((refusal) => ({
        ...refusal,
        told: told.get(refusal.number) ?? [],
      }));
      return {
        ...tally,
        anonymous: refusals.filter(({ told }) => told.length > 0),
        bypassed: refusals.filter(({ told }) => told.length === 0),
      };
    });
  };
  lanes.done = all();
  window.lanes = lanes;
}

/** Runs in the page: stops its lanes and says what they came to, once the requests under way have ended. */
export async function stopLanes(patience: number): Promise<Tally[]> {
  window.lanes.stop = true;
  return await Promise.race([
    window.lanes.done,
    new Promise<never>((_, reject) => {
      setTimeout(() => {
        const { controller } = navigator.serviceWorker;
        const state = {
          controller: controller?.state ?? null,
          visible: document.visibilityState,
          underWay: window.lanes.underWay,
        };
        reject(new Error(`the lanes have not ended: ${JSON.stringify(state)}`));
      }, patience);
    }),
  ]);
}
