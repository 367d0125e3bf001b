import type { RequestListener } from "node:http";
import { listen } from "strongroom-demo/servers/loopback.js";

/**
 * An API that costs the same for every contender: it wants an `Authorization` header and does not look into it. It has
 * an origin of its own, and `answer` puts the same on a contender's origin.
 */
export interface BenchApi {
  /** Base of the routes, with a slash at the end. */
  url: string;
  readonly seen: SeenRequests;
  answer: RequestListener;
  close(): Promise<void>;
}

export interface SeenRequests {
  /** Of the last request. */
  authorization: string | undefined;
}

export async function startBenchApi(): Promise<BenchApi> {
  const listener = await listen();
  const seen: SeenRequests = { authorization: undefined };
  const answer: RequestListener = (request, response) => {
    if (request.method === "OPTIONS") {
      response.writeHead(204, PREFLIGHT).end();
      return;
    }
    seen.authorization = request.headers.authorization;
    response.writeHead(seen.authorization ? 200 : 401, HEADERS).end(BODY);
  };
  listener.serve(answer);
  return { url: `http://localhost:${listener.port}/v1/`, seen, answer, close: () => listener.close() };
}

const BODY = JSON.stringify({ id: 1, text: "A note of ordinary length, as an API would list it." });
const HEADERS = {
  "Access-Control-Allow-Origin": "*",
  "Cache-Control": "no-store",
  "Content-Length": Buffer.byteLength(BODY),
  "Content-Type": "application/json",
};
const PREFLIGHT = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Headers": "authorization",
  // The longest that Chromium keeps it: no preflight falls into a measurement.
  "Access-Control-Max-Age": "7200",
};
