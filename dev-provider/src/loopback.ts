import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A bound port of this machine's loopback interface, reachable from nowhere else. */
export interface Listener {
  readonly port: number;
  /**
   * Hands the port's requests to `handler`. Until then they get a 503. What Node.js refuses by itself, such as a header of
   * more than 16 KiB, gets the whole HTTP response of `refusal`, if there is one.
   */
  serve(handler: RequestListener, refusal?: () => string | undefined): void;
  /**
   * Cuts every connection, and each new one at once, until `restore()`: as if there were no network. Calls `onAttempt`
   * for each new one.
   */
  lose(onAttempt?: () => void): void;
  restore(): void;
  /** Stops listening and ends every open connection, streams included. */
  close(): Promise<void>;
}

/** The port is in use. */
export class PortTakenError extends Error {
  override readonly name = "PortTakenError";
  constructor(readonly port: number) {
    super(`Port ${port} is already in use.`);
  }
}

/**
 * The free ports that this process has used. None is used again: to a browser it would be the same origin as before, with a service worker
 * that is configured for another authorization server.
 */
const given = new Set<number>();

/**
 * Binds `port` (0: any free one) on 127.0.0.1, and on ::1 too where `localhost` resolves to it: a browser may
 * try either first. There is no way to name another interface.
 */
export async function listen(port = 0): Promise<Listener> {
  const addresses = await loopbackAddresses();
  // A free port of 127.0.0.1 may be taken on ::1; another try finds another one.
  for (let attemptsLeft = port === 0 ? 10 : 1; ; attemptsLeft--) {
    try {
      const listener = await bindAll(addresses, port);
      if (port === 0 && given.has(listener.port)) {
        await listener.close();
        throw new PortTakenError(listener.port);
      }
      given.add(listener.port);
      return listener;
    } catch (error) {
      if (!(error instanceof PortTakenError) || attemptsLeft === 1) throw error;
    }
  }
}

async function loopbackAddresses(): Promise<string[]> {
  const resolved = (await lookup("localhost", { all: true })).map(({ address }) => address);
  const stranger = resolved.find((address) => address !== "::1" && !address.startsWith("127."));
  if (stranger)
    throw new Error(
      `"localhost" resolves to ${stranger}, which is not a loopback address. Correct the hosts file.`,
    );
  return resolved.includes("::1") ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
}

async function bindAll(addresses: string[], wanted: number): Promise<Listener> {
  let handler: RequestListener = (_request, response) => void response.writeHead(503).end();
  let refusal: (() => string | undefined) | undefined;
  let onConnection: ((socket: Socket) => void) | undefined;
  const servers: Server[] = [];
  const close = async () => {
    await Promise.all(
      servers.map(async (server) => {
        if (!server.listening) return;
        const closed = once(server, "close");
        server.close();
        server.closeAllConnections();
        await closed;
      }),
    );
  };
  let port = wanted;
  try {
    for (const address of addresses) {
      const server = createServer((request, response) => handler(request, response));
      server.on("connection", (socket) => onConnection?.(socket));
      server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
        if (!socket.writable || error.code === "ECONNRESET") return socket.destroy();
        const status =
          error.code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
        socket.end(refusal?.() ?? `HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
      });
      await bind(server, address, port);
      servers.push(server);
      port = (server.address() as AddressInfo).port;
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    port,
    serve(next, nextRefusal) {
      handler = next;
      refusal = nextRefusal;
    },
    lose(onAttempt) {
      onConnection = (socket) => {
        socket.destroy();
        onAttempt?.();
      };
      for (const server of servers) server.closeAllConnections();
    },
    restore() {
      onConnection = undefined;
    },
    close,
  };
}

async function bind(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port, exclusive: true });
  try {
    await once(server, "listening");
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "EADDRINUSE" ? new PortTakenError(port) : error;
  }
}
