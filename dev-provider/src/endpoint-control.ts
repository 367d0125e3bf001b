import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Context, Next } from "koa";

/** What an endpoint does instead of responding normally. */
export type Fault =
  | { status: number; body?: string; contentType?: string; headers?: Record<string, string> }
  /** Cuts the connection: `before` the request takes effect, or `after` it, so that only the response is lost. */
  | { reset: "before" | "after" };

/** Requests that an endpoint holds. */
export interface Hold {
  /** Resolves when the first request has arrived. */
  readonly arrived: Promise<void>;
  /** How many requests are held. */
  readonly waiting: number;
  /** Lets all of them and later ones continue. */
  release(): void;
}

/** One request to an endpoint. */
export interface EndpointRequest {
  /** The `grant_type` of the form; `null` where there is none. */
  grantType: string | null;
  /** Milliseconds since the epoch. */
  at: number;
  /** `pending`, `ok`, `reset`, the `error` code of the response, or the status of a fault. */
  outcome: string;
}

/** Lets a test make one endpoint of the authorization server fail or wait, and see what came to it. */
export class EndpointControl {
  readonly requests: EndpointRequest[] = [];
  #fault: { fault: Fault; timesLeft: number } | undefined;
  #hold: HeldRequests | undefined;

  /** The next `times` requests get `fault`; with `Infinity`, all until `reset()`. */
  fail(fault: Fault, times = 1): void {
    this.#fault = { fault, timesLeft: times };
  }

  /** Holds requests until the returned hold is released. */
  hold(): Hold {
    this.#hold?.release();
    this.#hold = new HeldRequests();
    return this.#hold;
  }

  /** Removes faults, holds and records. */
  reset(): void {
    this.#fault = undefined;
    this.#hold?.release();
    this.#hold = undefined;
    this.requests.length = 0;
  }

  /** Koa middleware around the endpoint. */
  readonly middleware = async (ctx: Context, next: Next): Promise<void> => {
    const request: EndpointRequest = { grantType: null, at: Date.now(), outcome: "pending" };
    this.requests.push(request);
    const fault = this.#takeFault();
    await this.#hold?.wait();

    if (fault && "status" in fault) {
      request.grantType = new URLSearchParams(await text(ctx.req)).get("grant_type");
      request.outcome = String(fault.status);
      ctx.status = fault.status;
      ctx.body = fault.body ?? "";
      ctx.type = fault.contentType ?? "application/json";
      ctx.set(fault.headers ?? {});
      return;
    }
    if (fault?.reset !== "before") {
      await next();
      request.grantType = ctx.oidc?.body?.grant_type ?? null;
      request.outcome = ctx.status < 400 ? "ok" : (ctx.body as { error: string }).error;
    }
    if (fault) {
      request.outcome = "reset";
      ctx.respond = false;
      ctx.req.socket.destroy();
    }
  };

  #takeFault(): Fault | undefined {
    if (!this.#fault || this.#fault.timesLeft === 0) return undefined;
    this.#fault.timesLeft -= 1;
    return this.#fault.fault;
  }
}

export class HeldRequests extends EventTarget implements Hold {
  waiting = 0;
  #released = false;
  readonly arrived = once(this, "arrival").then(() => undefined);

  async wait(): Promise<void> {
    if (this.#released) return;
    this.waiting += 1;
    this.dispatchEvent(new Event("arrival"));
    await once(this, "release");
    this.waiting -= 1;
  }

  release(): void {
    this.#released = true;
    this.dispatchEvent(new Event("release"));
  }
}
