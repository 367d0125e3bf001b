import { once } from "node:events";
import { request } from "node:http";
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { onTestFinished } from "vitest";
import { selfSigned } from "./self-signed.js";

/** Puts HTTP/2 with a self-signed certificate in front of an HTTP/1.1 server, bodies streamed. It ends with the test. */
export async function startHttp2Front(behind: string): Promise<{ origin: string }> {
  const { key, cert } = await selfSigned();
  const server = createSecureServer({ key, cert }, (incoming, outgoing) => {
    // A page that goes away in the middle is no error of the front.
    forward(behind, incoming, outgoing).catch(() => outgoing.stream.destroy());
  }).listen(0, "localhost");
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session));
  await once(server, "listening");
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { origin: `https://localhost:${(server.address() as AddressInfo).port}` };
}

async function forward(
  behind: string,
  incoming: Http2ServerRequest,
  outgoing: Http2ServerResponse,
): Promise<void> {
  const onward = request(behind + incoming.url, {
    method: incoming.method,
    headers: withoutHopByHop(incoming.headers),
  });
  const [[response]] = await Promise.all([once(onward, "response"), pipeline(incoming, onward)]);
  outgoing.writeHead(response.statusCode, withoutHopByHop(response.headers));
  await pipeline(response, outgoing);
}

/** RFC 9113 section 8.2.2: such fields belong to one connection; so do HTTP/2's pseudo-header fields. */
function withoutHopByHop<Headers extends Record<string, unknown>>(headers: Headers): Headers {
  const kept = Object.entries(headers).filter(
    ([name]) => !name.startsWith(":") && !["connection", "keep-alive", "transfer-encoding"].includes(name),
  );
  return Object.fromEntries(kept) as Headers;
}
