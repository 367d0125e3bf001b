import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A server that accepts and records every request. Closed with the test. */
export interface Recorder {
  port: number;
  origin: string;
  requests: { method: string; url: string; headers: IncomingHttpHeaders }[];
}

/** Starts a server on loopback that allows every cross-origin request and responds with 200. */
export async function startRecorder(host = "127.0.0.1"): Promise<Recorder> {
  const requests: Recorder["requests"] = [];
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    requests.push({ method, url, headers });
    response.writeHead(200, {
      "access-control-allow-origin": "*",
      "access-control-allow-headers": "authorization, content-type",
      "access-control-allow-methods": "*",
    });
    response.end("recorded");
  }).listen(0, host);
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : "localhost";
  return { port, origin: `http://${name}:${port}`, requests };
}
