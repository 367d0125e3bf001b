/** What came of the API requests of one page. */
export interface Tally {
  /** 200. */
  answered: number;
  /** The browser stopped the worker under the request; the page's next try was answered. */
  retried: number;
  /** 401: the API was asked without a token, or with a bad one. */
  anonymous: number;
  /** No answer within the time that a request may take, or none after three tries. */
  unanswered: number;
  /** The slowest answer, in milliseconds. */
  slowest: number;
  /** What the requests that count as failures came to. */
  failures: string[];
}

export interface Lane {
  tally: Tally;
  /** When the request under way began; 0 if there is none. */
  since: number;
  stop: boolean;
  done: Promise<void>;
}

declare global {
  var lanes: Lane[];
}

/**
 * Runs in a page, by itself: makes API requests one after the other until it is told to stop. A network error is tried
 * again twice, as an app does: a browser that kills a worker fails what the worker had in hand, whoever wrote it.
 */
export function startLanes(url: string, count: number): void {
  const startLane = (): Lane => {
    const tally = {
      answered: 0,
      retried: 0,
      anonymous: 0,
      unanswered: 0,
      slowest: 0,
      failures: [] as string[],
    };
    const lane: Lane = { tally, since: 0, stop: false, done: Promise.resolve() };
    const attempt = async (number: number): Promise<void> => {
      const began = Date.now();
      try {
        const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
        await response.arrayBuffer();
        const took = Date.now() - began;
        tally.slowest = Math.max(tally.slowest, took);
        if (response.status === 200) {
          tally.answered += 1;
          if (number > 1) tally.retried += 1;
          return;
        }
        if (response.status === 401) tally.anonymous += 1;
        else tally.unanswered += 1;
        const controlled = navigator.serviceWorker.controller ? "controlled" : "not controlled";
        tally.failures.push(
          `${new Date(began).toISOString()} ${response.status} after ${took} ms, ${controlled}`,
        );
      } catch (error) {
        const took = Date.now() - began;
        const overdue = error instanceof DOMException && error.name === "TimeoutError";
        if (!overdue && number < 3) return attempt(number + 1);
        tally.unanswered += 1;
        tally.failures.push(`${new Date(began).toISOString()} ${error} after ${took} ms`);
      }
    };
    const run = async () => {
      while (!lane.stop) {
        lane.since = Date.now();
        await attempt(1);
        lane.since = 0;
        // An app is not a load generator; and Chromium lets a new version in only between two requests.
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
      }
    };
    lane.done = run();
    return lane;
  };
  window.lanes = Array.from({ length: count }, startLane);
}

/** Runs in the page: stops its lanes and says what they came to, once the requests under way have ended. */
export async function stopLanes(): Promise<Tally[]> {
  for (const lane of window.lanes) lane.stop = true;
  await Promise.all(window.lanes.map(({ done }) => done));
  return window.lanes.map(({ tally }) => tally);
}
