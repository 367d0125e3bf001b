/** The results of one lane's API requests. */
export interface Tally {
  /** 200. */
  answered: number;
  /** Of these, after a network error: the browser stopped the worker during the request, or there was no network. */
  retried: number;
  /** Requests that a worker took and that got a 401 (the API got no token or an invalid one) or a 503 (the worker had none). */
  refused: Refusal[];
  /**
   * Requests that were refused and that no worker took. Firefox causes one occasionally: while a new version takes over, and
   * when a worker is stopped while its listener runs.
   */
  bypassed: Refusal[];
  /** Requests that timed out or failed in all tries: the result of each try. */
  unanswered: Try[][];
  /** The slowest response, in milliseconds. */
  slowest: number;
}

/** A request that got a 401 or 503. Times are by the wall clock. */
export interface Refusal {
  number: string;
  status: number;
  from: number;
  to: number;
  /** What workers reported about it. */
  told: string[];
}

/** One try of a request, by the wall clock. */
export interface Try {
  from: number;
  to: number;
  /** Whether it was a network error, which may be caused by the network; everything else is caused by the worker. */
  isNetworkError: boolean;
  outcome: string;
}

export interface Lanes {
  stop: boolean;
  done: Promise<Tally[]>;
  /** Open requests by number, for diagnosis. */
  underWay: Record<string, string>;
}

declare global {
  var lanes: Lanes;
}

/**
 * Runs by itself in a page: makes sequential API requests until it is stopped. It retries a network error after a growing
 * pause, as an app does, because networks fail and a browser that kills a worker fails its requests. Each request has a
 * number, which the worker under test reports when it sees the request.
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

  /** Whether the request has a final result. */
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
      if (status === 401 || status === 503) tally.refused.push({ number, status, from, to, told: [] });
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
      refused: [],
      bypassed: [],
      unanswered: [],
      slowest: 0,
    };
    while (!lanes.stop) {
      const tries: Try[] = [];
      while (!(await attempt(tally, tries))) await pause(Math.min(250 * 2 ** tries.length, 2_000));
      // Pauses like an app. Chromium also activates a new version only between two requests.
      await pause(Math.random() * 200);
    }
    return tally;
  };

  /** Whether the worker's listener ran to its end. */
  const isOfListener = (what: string) => /took it|passed it on/.test(what);

  /** Waits until the page has the worker's report about a new request, and so about all earlier ones. */
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
    if (tallies.some(({ refused }) => refused.length > 0)) await haveHeardAll();
    return tallies.map((tally) => {
      const refusals = tally.refused.map((refusal) => ({
        ...refusal,
        told: told.get(refusal.number) ?? [],
      }));
      return {
        ...tally,
        refused: refusals.filter(({ told }) => told.some(isOfListener)),
        bypassed: refusals.filter(({ told }) => !told.some(isOfListener)),
      };
    });
  };
  lanes.done = all();
  window.lanes = lanes;
}

/** Runs in the page: stops its lanes and returns their results once the open requests have ended. */
export async function stopLanes(timeout: number): Promise<Tally[]> {
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
        reject(new Error(`the lanes did not end: ${JSON.stringify(state)}`));
      }, timeout);
    }),
  ]);
}
