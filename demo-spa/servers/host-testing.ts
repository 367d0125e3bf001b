import type { IncomingHttpHeaders } from "node:http";
import type { Context, Next } from "koa";

/** A request as the host received it. */
export interface HostRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  /** Milliseconds since the epoch. */
  at: number;
  /** 0 until the answer has begun. */
  readonly status: number;
}

/** What tests may change and see of the host. Set a property at any time; it holds from the next request on. */
export class HostTesting {
  /** Script that `/vault-worker.js` runs before anything else. */
  prelude = "";
  /** Top-level keys of the worker's configuration that replace `workerConfig`'s; `undefined` leaves a key out. */
  config: Record<string, unknown> = {};
  /**
   * How `/vault-worker.js` is answered: with a script that imports the worker file, with one that has it inside, as the Vite plugin
   * makes it, with a 404, or with the app's page as a careless host does.
   */
  workerScript: "script" | "one file" | "missing" | "html" = "script";
  /** `false`: a plain static host, with no headers and no special paths, which answers `/auth/*` with the app. */
  hostHeaders = true;
  /** `false`: the app's own pages and files come without headers; the worker's paths and scripts keep theirs. */
  appHeaders = true;
  /** `true`: the app's policy lets every file of the origin run as a worker, for tests that start workers of their own. */
  anyWorker = false;
  /** `false`: what Node.js refuses before the host sees it gets Node.js's own error page. */
  redirectsRefused = true;
  readonly requests: HostRequest[] = [];

  constructor(
    /** The worker's configuration when `config` changes nothing. */
    readonly workerConfig: Readonly<Record<string, unknown>>,
  ) {}

  /** Back to the defaults, records emptied. */
  reset(): void {
    Object.assign(this, { ...new HostTesting(this.workerConfig), requests: this.requests });
    this.requests.length = 0;
  }

  /** Koa middleware that records. */
  readonly middleware = async (ctx: Context, next: Next): Promise<void> => {
    const { method, path, headers } = ctx;
    const query = Object.fromEntries(ctx.URL.searchParams);
    this.requests.push({
      method,
      path,
      query,
      headers,
      at: Date.now(),
      get status() {
        return ctx.res.headersSent ? ctx.res.statusCode : 0;
      },
    });
    await next();
  };
}
