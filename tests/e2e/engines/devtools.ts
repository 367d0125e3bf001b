import { once } from "node:events";
import WebSocket from "ws";

/** How often stopping is tried, and how long one try may take, in milliseconds. */
const ATTEMPTS = 5;
const PATIENCE = 2_000;

interface Version {
  versionId: string;
  status: string;
  runningStatus: "stopped" | "starting" | "running" | "stopping";
}

/**
 * Stops every active service worker of a Chromium, past its driver: chromedriver has been seen to wait for this answer for
 * ever, and do nothing else for all scenarios after it, while the browser answered anybody else.
 *
 * @param address host and port of the browser's debugger.
 */
export async function stopActiveWorkers(address: string): Promise<void> {
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
    const versions = new Map<string, Version>();
    /** Those to be stopped, until they are. */
    let left: Set<string> | undefined;
    setTimeout(resolve, PATIENCE, false);
    socket.on("close", () => resolve(false));
    socket.on("message", (data) => {
      const { id, error, method, params } = JSON.parse(String(data)) as Message;
      if (error) reject(new Error(error.message));
      if (method === "ServiceWorker.workerVersionUpdated") {
        for (const version of params?.versions ?? []) {
          versions.set(version.versionId, version);
          // It may start again at once, for a request that it had in hand.
          if (version.runningStatus === "stopped") left?.delete(version.versionId);
        }
      }
      // The browser has told of all there are before it answers.
      if (id === ENABLE) {
        const running = [...versions.values()].filter(
          ({ status, runningStatus }) =>
            (status === "activating" || status === "activated") && runningStatus !== "stopped",
        );
        left = new Set(running.map(({ versionId }) => versionId));
        for (const versionId of left) {
          socket.send(
            JSON.stringify({ id: STOP, method: "ServiceWorker.stopWorker", params: { versionId } }),
          );
        }
      }
      if (left?.size === 0) resolve(true);
    });
    socket.send(JSON.stringify({ id: ENABLE, method: "ServiceWorker.enable" }));
  });
}

interface Message {
  id?: number;
  error?: { message: string };
  method?: string;
  params?: { versions?: Version[] };
}

const ENABLE = 1;
const STOP = 2;
