import { once } from "node:events";
import WebSocket from "ws";

/** How often a command is sent, and how long its answer may take, in milliseconds. */
const ATTEMPTS = 5;
const PATIENCE = 2_000;

/**
 * Stops every service worker of a Chromium, past its driver: chromedriver has been seen to wait for this answer for ever,
 * and do nothing else for all scenarios after it, while the browser answered anybody else.
 *
 * @param address host and port of the browser's debugger.
 */
export async function stopAllWorkers(address: string): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const socket = new WebSocket(await pageOf(address));
    try {
      await once(socket, "open");
      if (await areStopped(socket)) return;
    } finally {
      socket.terminate();
    }
  }
  throw new Error(`Chromium did not say within ${ATTEMPTS * PATIENCE} ms that its workers are stopped`);
}

/** The debugger of some page: the service workers of all are in its reach. */
async function pageOf(address: string): Promise<string> {
  const response = await fetch(`http://${address}/json/list`);
  const targets = (await response.json()) as { type: string; webSocketDebuggerUrl: string }[];
  const page = targets.find(({ type }) => type === "page");
  if (!page) throw new Error("Chromium has no page");
  return page.webSocketDebuggerUrl;
}

function areStopped(socket: WebSocket): Promise<boolean> {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, PATIENCE, false);
    socket.on("close", () => resolve(false));
    socket.on("message", (data) => {
      const { id, error } = JSON.parse(String(data)) as { id?: number; error?: { message: string } };
      if (error) reject(new Error(error.message));
      if (id === 2) resolve(true);
    });
    socket.send(JSON.stringify({ id: 1, method: "ServiceWorker.enable" }));
    socket.send(JSON.stringify({ id: 2, method: "ServiceWorker.stopAllWorkers" }));
  });
}
