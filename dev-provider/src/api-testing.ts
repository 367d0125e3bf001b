import { decodeJwt, type JWTPayload } from "jose";
import type { Context, Next } from "koa";
import { HeldRequests, type Hold } from "./endpoint-control.js";

/** A request as the API received it. Kept in memory for tests; it holds secrets and is never printed. */
export interface ReceivedRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  /** `null` when there was no `Authorization` header. `jti` and `expiresAt` (milliseconds) are `null` when it held no JWT. */
  authorization: { scheme: string; jti: string | null; expiresAt: number | null; raw: string } | null;
  origin: string | null;
  /** The raw `Cookie` header. */
  cookies: string | null;
  contentLength: number | null;
  /** Milliseconds since the epoch. */
  at: number;
  /** 0 until the response has begun. */
  readonly status: number;
}

/** What tests may change and see of the API. */
export class ApiTesting {
  readonly requests: ReceivedRequest[] = [];
  /** The origin that may read responses: `Access-Control-Allow-Origin`. */
  allowedOrigin = "*";
  /** Headers of each response. */
  headers: Record<string, string> = {};
  /** Valid access tokens that get a 401 from routes that need a token. */
  refusedTokens: readonly string[] = [];
  #refusals = 0;
  #hold: HeldRequests | undefined;

  /** The next `count` requests to routes that need a token get a 401, whatever their token. */
  answer401(count: number): void {
    this.#refusals = count;
  }

  /** Whether to refuse a request with this `Authorization` header. */
  takeRefusal(authorization: string): boolean {
    if (this.refusedTokens.some((token) => authorization === `Bearer ${token}`)) return true;
    if (this.#refusals === 0) return false;
    this.#refusals -= 1;
    return true;
  }

  /** Holds requests, except preflights, until the returned hold is released. */
  hold(): Hold {
    this.#hold?.release();
    this.#hold = new HeldRequests();
    return this.#hold;
  }

  /** No more refusals, no hold, every origin allowed, no more headers, records emptied. Notes stay. */
  reset(): void {
    this.#refusals = 0;
    this.#hold?.release();
    this.#hold = undefined;
    this.refusedTokens = [];
    this.allowedOrigin = "*";
    this.headers = {};
    this.requests.length = 0;
  }

  /** Koa middleware that records, preflights too. */
  readonly middleware = async (ctx: Context, next: Next): Promise<void> => {
    const request: ReceivedRequest = {
      method: ctx.method,
      path: ctx.path,
      query: Object.fromEntries(ctx.URL.searchParams),
      authorization: authorizationOf(ctx.get("Authorization")),
      origin: ctx.get("Origin") || null,
      cookies: ctx.get("Cookie") || null,
      contentLength: ctx.request.length ?? null,
      at: Date.now(),
      get status() {
        return ctx.res.headersSent ? ctx.res.statusCode : 0;
      },
    };
    this.requests.push(request);
    if (ctx.method !== "OPTIONS") await this.#hold?.wait();
    ctx.set(this.headers);
    await next();
  };
}

function authorizationOf(raw: string): ReceivedRequest["authorization"] {
  if (raw === "") return null;
  const [scheme = "", token = ""] = raw.split(" ");
  const { jti = null, exp } = claimsOf(token);
  return { scheme, jti, expiresAt: exp === undefined ? null : exp * 1_000, raw };
}

function claimsOf(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    return {};
  }
}
