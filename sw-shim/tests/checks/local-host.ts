import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerOptions } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type HostOptions, hostRules, ruleFor } from "../../src/headers";

/** A host's response. A header with several values is sent several times. */
export interface Sent {
  path: string;
  status: number;
  headers: Record<string, string | string[]>;
  body: string;
}

export interface LocalHost {
  origin: string;
  /** In the order of arrival. */
  requests: { method: string; path: string; headers: IncomingHttpHeaders }[];
}

export const options: Omit<HostOptions, "workers"> & { workers: string[] } = {
  origin: "http://127.0.0.1:*",
  workers: ["/vault-worker.js"],
  api: ["https://api.example.com/v1/"],
  provider: {
    authorizationEndpoint: "https://login.example.com/oauth2/authorize",
    tokenEndpoint: "https://login.example.com/oauth2/token",
  },
};

/** The worker script and the library that it imports. */
export const WORKER_SCRIPTS = ["/vault-worker.js", "/strongroom-worker.js"];

export const appPage = `<!doctype html><title>The app</title><script type="module" src="/assets/app-3f.js"></script>`;

/** The status of a response that the host does not send: it closes the connection. */
export const CLOSED = 0;

/** A host that passes over-long requests to the app's rules, in place of the server's own error page. */
const WIDE: ServerOptions = { maxHeaderSize: 65_536 };

/** A correct host except for what `spoil` changes, on this machine, until the test ends. */
export async function serve(
  spoil: (sent: Sent) => void = () => {},
  server: ServerOptions = WIDE,
): Promise<LocalHost> {
  const rules = hostRules(options);
  const requests: LocalHost["requests"] = [];
  const host = createServer(server, (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    requests.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers });
    const { headers, page } = ruleFor(rules, pathname);
    const sent: Sent = { path: pathname, headers: { ...headers }, ...(page ?? file(pathname)) };
    sent.headers["Content-Type"] ??= pathname === "/" ? "text/html; charset=utf-8" : "text/plain";
    spoil(sent);
    if (sent.status === CLOSED) return void request.socket.destroy();
    response.writeHead(sent.status, sent.headers).end(sent.body);
  }).listen(0, "127.0.0.1");
  await once(host, "listening");
  onTestFinished(() => {
    host.closeAllConnections();
    host.close();
  });
  return { origin: `http://127.0.0.1:${(host.address() as AddressInfo).port}`, requests };
}

function file(path: string): { status: number; body: string } {
  if (path === "/") return { status: 200, body: appPage };
  if (WORKER_SCRIPTS.includes(path)) return { status: 200, body: "strongroom.start({});" };
  return path.startsWith("/assets/")
    ? { status: 200, body: "export {};" }
    : { status: 404, body: "Not found" };
}

/** Changes a directive of the policy in the response; `null` removes it. */
export function directive(sent: Sent, name: string, value: string | null): void {
  const policy = String(sent.headers["Content-Security-Policy"]).split("; ");
  const others = policy.filter((text) => text.split(" ")[0] !== name);
  sent.headers["Content-Security-Policy"] = [...others, ...(value === null ? [] : [`${name} ${value}`])].join(
    "; ",
  );
}
