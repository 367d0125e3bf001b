/** What came of the API requests of one page. */
export interface Tally {
  /** 200. */
  answered: number;
  /** The browser stopped the worker under the request; the page's next try was answered. */
  retried: number;
  /** 401: the API was asked without a token, or with a bad one. */
  anonymous: number;
  /** 401 to a request that the browser showed to no worker: Firefox loses one in the moment in which a new version takes over. */
  bypassed: number;
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
 * Each request has a number, which the worker under test tells when it sees it.
 */
export function startLanes(url: string, count: number): void {
  const seen = new Set<string>();
  const heard = new EventTarget();
  new BroadcastChannel("seen").onmessage = ({ data }) => {
    seen.add(data as string);
    heard.dispatchEvent(new Event("heard"));
  };
  const send = async (number: string, timeout: number) =>
    fetch(`${url}?${new URLSearchParams({ number })}`, { signal: AbortSignal.timeout(timeout) });
  /** Whether a worker saw the request. What it says of requests comes in their order: a later one's word is the last word. */
  const wasSeen = async (number: string): Promise<boolean> => {
    for (let tries = 0; tries < 3 && !seen.has(number); tries++) {
      const later = crypto.randomUUID();
      const word = new Promise<void>((resolve) => {
        heard.addEventListener("heard", () => (seen.has(later) || seen.has(number)) && resolve());
        setTimeout(resolve, 5_000);
      });
      await send(later, 10_000).catch(() => {});
      await word;
      if (seen.has(later)) break;
    }
    return seen.has(number);
  };
  const startLane = (): Lane => {
    const tally = {
      answered: 0,
      retried: 0,
      anonymous: 0,
      bypassed: 0,
      unanswered: 0,
      slowest: 0,
      failures: [] as string[],
    };
    const lane: Lane = { tally, since: 0, stop: false, done: Promise.resolve() };
    const attempt = async (number: number): Promise<void> => {
      const began = Date.now();
      const id = crypto.randomUUID();
      try {
        const response = await send(id, 30_000);
        await response.arrayBuffer();
        const took = Date.now() - began;
        tally.slowest = Math.max(tally.slowest, took);
        if (response.status === 200) {
          tally.answered += 1;
          if (number > 1) tally.retried += 1;
          return;
        }
        if (response.status === 401 && !(await wasSeen(id))) {
          tally.bypassed += 1;
          return;
        }
        if (response.status === 401) tally.anonymous += 1;
        else tally.unanswered += 1;
        tally.failures.push(`${new Date(began).toISOString()} ${response.status} after ${took} ms`);
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
