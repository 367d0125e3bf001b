import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { AuthorizationServer } from "../../dev-provider/src/authorization-server.js";
import { listen } from "../../dev-provider/src/loopback.js";
import { selfSigned } from "../e2e/self-signed.js";

/** A proxy before the authorization server, for a victim that expects other endpoint URLs. */
export interface Front {
  /** The paths that the victim expects. */
  paths: { authorization: string; token: string };
  /** The victim requires https. */
  tls?: true;
  /** The victim expects the proxy's origin and a slash as the issuer of ID tokens. */
  isIssuer?: true;
}

/** A running proxy, on its own port. */
export interface StartedFront {
  origin: string;
  close(): Promise<void>;
}

export async function startFront(
  { paths, tls }: Front,
  endpoints: AuthorizationServer["endpoints"],
): Promise<StartedFront> {
  const handler: RequestListener = async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "*");
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    if (pathname === paths.authorization) {
      // The client requests this scope for a refresh token; the user pool issues one without it.
      const scope = searchParams.get("scope")?.replace(" offline_access", "");
      if (scope) searchParams.set("scope", scope);
      return void response.writeHead(302, { location: `${endpoints.authorization}?${searchParams}` }).end();
    }
    if (pathname !== paths.token) return void response.writeHead(404).end();
    const answer = await fetch(endpoints.token, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: await text(request),
    });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  };
  if (!tls) {
    const listener = await listen();
    listener.serve(handler);
    return { origin: `http://localhost:${listener.port}`, close: () => listener.close() };
  }
  const { key, cert } = await selfSigned();
  const server = createServer({ key, cert }, handler).listen(0, "localhost");
  await once(server, "listening");
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
