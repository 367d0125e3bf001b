import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { listen } from "../../dev-provider/src/loopback.js";

/**
 * An API that costs the same for every contender: it requires an `Authorization` header but does not verify it. It has its
 * own origin; `answer` serves the same on a contender's origin. Its origin also has public files that are not part of the
 * API.
 */
export interface BenchApi {
  /** Base URL of the routes, with a trailing slash. */
  url: string;
  /** Base URL of the public files. */
  publicUrl: string;
  readonly seen: SeenRequests;
  answer: RequestListener;
  close(): Promise<void>;
}

export interface SeenRequests {
  /** From the last request. */
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
    const { pathname, searchParams } = new URL(request.url ?? "/", origin);
    if (pathname.startsWith("/public/")) return void response.writeHead(200, HEADERS).end(BODY);
    seen.authorization = request.headers.authorization;
    if (!seen.authorization) return void response.writeHead(401, HEADERS).end(BODY);
    const end = (error: unknown) => response.destroy(error as Error);
    if (pathname.endsWith("/download")) sendBytes(Number(searchParams.get("bytes")), response).catch(end);
    else if (pathname.endsWith("/upload")) countBytes(request, response).catch(end);
    else if (pathname.endsWith("/arrival")) sendJson({ at: Date.now() }, response);
    else response.writeHead(200, HEADERS).end(BODY);
  };
  listener.serve(answer);
  const origin = `http://localhost:${listener.port}`;
  return {
    url: `${origin}/v1/`,
    publicUrl: `${origin}/public/`,
    seen,
    answer,
    close: () => listener.close(),
  };
}

const CHUNK = Buffer.alloc(256 * 1024, "strongroom");

async function sendBytes(bytes: number, response: ServerResponse): Promise<void> {
  const { "Content-Length": _, ...headers } = HEADERS;
  response.writeHead(200, { ...headers, "Content-Length": bytes });
  const chunks = Array.from({ length: Math.ceil(bytes / CHUNK.length) }, (_, index) =>
    CHUNK.subarray(0, Math.min(CHUNK.length, bytes - index * CHUNK.length)),
  );
  await pipeline(Readable.from(chunks), response);
}

async function countBytes(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let bytes = 0;
  for await (const chunk of request) bytes += (chunk as Buffer).length;
  sendJson({ bytes }, response);
}

function sendJson(value: unknown, response: ServerResponse): void {
  const { "Content-Length": _, ...headers } = HEADERS;
  response.writeHead(200, headers).end(JSON.stringify(value));
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
  "Access-Control-Allow-Headers": "authorization, content-type",
  "Access-Control-Allow-Methods": "GET, POST",
  // Chromium's maximum, so that no preflight occurs during a measurement.
  "Access-Control-Max-Age": "7200",
};
