import { once } from "node:events";
import { Agent, createServer, request as httpRequest } from "node:http";

/**
 * A proxy between Chromium and the test runner's server. That server (tiny_http) gives each open connection a thread, has
 * four at rest, and now and then starts none for a further connection: its requests wait until another one closes, which
 * takes Chromium two minutes. Of fourteen runs without the proxy four stood still.
 */
export async function proxyWithFewConnections() {
  const agent = new Agent({ keepAlive: true, maxSockets: 3 });
  const server = createServer((request, response) => {
    const { url = "", method, headers } = request;
    const forwarded = httpRequest(url, { method, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on("error", (error) => response.destroy(error));
    request.pipe(forwarded);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    port,
    close() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}
