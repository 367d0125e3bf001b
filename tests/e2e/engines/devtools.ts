import { once } from "node:events";
import WebSocket from "ws";

/** How often stopping is tried, and how long one try may take, in milliseconds. */
const ATTEMPTS = 5;
const STOP_TIMEOUT_MS = 2_000;

/** Which of a registration's workers: the one at work, or the new version that waits for it to end. */
export type Role = "active" | "waiting";

const STATUSES: Record<Role, string[]> = { active: ["activating", "activated"], waiting: ["installed"] };

interface Version {
  versionId: string;
  scriptURL: string;
  status: string;
  runningStatus: "stopped" | "starting" | "running" | "stopping";
}

/**
 * Stops every service worker of a Chromium that is in this role, past its driver: chromedriver has been seen to wait for this
 * answer for ever, and do nothing else for all scenarios after it, while the browser answered anybody else.
 *
 * @param address host and port of the browser's debugger.
 * @param origin with a `/` at its end: only those of this one.
 */
export async function stopWorkers(address: string, role: Role, origin = ""): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const socket = new WebSocket(await pageOf(address));
    try {
      await once(socket, "open");
      if (await areStopped(socket, role, origin)) return;
    } finally {
      socket.terminate();
    }
  }
  throw new Error(
    `Chromium did not say within ${ATTEMPTS * STOP_TIMEOUT_MS} ms that its workers are stopped`,
  );
}

/** Whether a Chromium runs a service worker or a shared worker. */
export async function runsWorkers(address: string): Promise<boolean> {
  return (await targetsOf(address)).some(({ type }) => type === "service_worker" || type === "shared_worker");
}

/** The debugger of some page: the service workers of all are in its reach. */
async function pageOf(address: string): Promise<string> {
  const page = (await targetsOf(address)).find(({ type }) => type === "page");
  if (!page) throw new Error("Chromium has no page");
  return page.webSocketDebuggerUrl;
}

async function targetsOf(address: string): Promise<{ type: string; webSocketDebuggerUrl: string }[]> {
  const response = await fetch(`http://${address}/json/list`);
  return (await response.json()) as { type: string; webSocketDebuggerUrl: string }[];
}

function areStopped(socket: WebSocket, role: Role, origin: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    /** Those to be stopped, until they are. */
    const left = new Set<string>();
    let isTold = false;
    setTimeout(resolve, STOP_TIMEOUT_MS, false);
    socket.on("close", () => resolve(false));
    socket.on("message", (data) => {
      const { error, method, params } = JSON.parse(String(data)) as Message;
      if (error) reject(new Error(error.message));
      // The first of these tells of all there are.
      if (method !== "ServiceWorker.workerVersionUpdated") return;
      for (const { versionId, scriptURL, status, runningStatus } of params?.versions ?? []) {
        // It may start again at once, for a request that it had in hand.
        if (runningStatus === "stopped") left.delete(versionId);
        else if (!isTold && STATUSES[role].includes(status) && scriptURL.startsWith(origin)) {
          left.add(versionId);
          socket.send(JSON.stringify({ id: 2, method: "ServiceWorker.stopWorker", params: { versionId } }));
        }
      }
      isTold = true;
      if (left.size === 0) resolve(true);
    });
    socket.send(JSON.stringify({ id: 1, method: "ServiceWorker.enable" }));
  });
}

interface Message {
  error?: { message: string };
  method?: string;
  params?: { versions?: Version[] };
}
