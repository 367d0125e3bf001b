import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { connect } from "node:tls";
import type { System } from "../../sw-shim/src/checks/network.js";
import { selfSigned } from "../e2e/self-signed.js";
import type { Stack } from "./stack.js";

/** A forwarded request and its response. */
export interface Passed {
  method: string;
  url: URL;
  authorization: string | undefined;
  body: string;
  status: number;
  answer: string;
}

/**
 * Stands for the internet: TLS and the stack's host names. The emulator has one port, speaks HTTP and distinguishes its
 * services by its own names. The front adds the revocation endpoint, which the emulator offers only as an API action.
 */
export interface Front {
  readonly passed: Passed[];
  /** Makes a Chromium resolve the names to this front and accept its certificate. */
  readonly chromiumArguments: string[];
  /** The same for requests that `checkHeaders` sends from this process. */
  readonly system: System;
  close(): Promise<void>;
}

export async function startFront(stack: Stack): Promise<Front> {
  const hosts = hostsOf(stack);
  const passed: Passed[] = [];
  const { key, cert } = await selfSigned();
  // Accepts more headers than Node.js by default, so that the host decides what to reject.
  const server = createServer({ key, cert, maxHeaderSize: 1024 * 1024 }, (incoming, outgoing) => {
    pass(incoming, outgoing, hosts, passed).catch((error) => outgoing.destroy(error));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const publicKey = new X509Certificate(cert).publicKey.export({ type: "spki", format: "der" });
  const names = Object.keys(hosts).map((name) => `MAP ${name}:443 127.0.0.1:${port}`);
  return {
    passed,
    chromiumArguments: [
      `--host-resolver-rules=${names.join(", ")}`,
      `--ignore-certificate-errors-spki-list=${createHash("sha256").update(publicKey).digest("base64")}`,
    ],
    system: {
      async lookup(hostname) {
        if (!(hostname in hosts)) throw new Error(`${hostname} is not a host name of this stack`);
        return [INTERNET];
      },
      connect: () => connect({ host: "127.0.0.1", port, ca: cert, checkServerIdentity: () => undefined }),
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A documentation address (RFC 5737), which counts as public. */
const INTERNET = { address: "203.0.113.10", family: 4 };

/** The emulator's URL for a request to one of the stack's names. */
type Onward = (request: Pick<Passed, "method" | "url" | "body">) => {
  url: URL;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
};

function hostsOf({ outputs, emulator, ids }: Stack): Record<string, Onward> {
  const at = (path: string) => new URL(path, emulator.url);
  const distribution =
    (name: string | undefined): Onward =>
    ({ url }) => ({
      url: at(url.pathname + url.search),
      headers: { host: name ?? url.host, "x-forwarded-proto": "https" },
    });
  return {
    [new URL(outputs.AppOrigin).host]: distribution(outputs.AppDnsTarget),
    ...(outputs.VaultOrigin
      ? { [new URL(outputs.VaultOrigin).host]: distribution(outputs.VaultDnsTarget) }
      : {}),
    [new URL(outputs.LoginDomain).host]: ({ url, body }) =>
      url.pathname === "/oauth2/revoke"
        ? { url: at("/"), ...revocation(new URLSearchParams(body)) }
        : { url: at(url.pathname + url.search) },
    [new URL(outputs.ApiUrl).host]: ({ url }) => ({
      url: at(`/_aws/execute-api/${ids.Api}/$default${url.pathname}${url.search}`),
    }),
  };
}

/** Calls `RevokeToken`, the API action behind the revocation endpoint. */
function revocation(form: URLSearchParams) {
  return {
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AWSCognitoIdentityProviderService.RevokeToken",
    },
    body: JSON.stringify({ Token: form.get("token"), ClientId: form.get("client_id") }),
  };
}

async function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  hosts: Record<string, Onward>,
  passed: Passed[],
): Promise<void> {
  const url = new URL(incoming.url ?? "/", `https://${incoming.headers.host}`);
  const given = { method: incoming.method ?? "GET", url, body: String(await buffer(incoming)) };
  const onward = hosts[url.host]?.(given);
  if (!onward) throw new Error(`${url.host} is not a host name of this stack`);
  const { body = given.body, headers = {} } = onward;
  const asked = httpRequest(onward.url, {
    method: given.method,
    headers: { ...incoming.headers, ...headers, "content-length": Buffer.byteLength(body) },
  }).end(body);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const answer = await buffer(response);
  const { statusCode: status = 502 } = response;
  passed.push({ ...given, authorization: incoming.headers.authorization, status, answer: String(answer) });
  outgoing.writeHead(status, response.headers).end(answer);
}
