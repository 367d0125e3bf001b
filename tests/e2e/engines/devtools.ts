import { once } from "node:events";
import WebSocket from "ws";

/** How often to try stopping, and the timeout of one attempt in milliseconds. */
const ATTEMPTS = 5;
const STOP_TIMEOUT_MS = 2_000;

/** Which of a registration's workers: the active one, or the waiting new version. */
export type Role = "active" | "waiting";

const STATUSES: Record<Role, string[]> = { active: ["activating", "activated"], waiting: ["installed"] };

interface Version {
  versionId: string;
  scriptURL: string;
  status: string;
  runningStatus: "stopped" | "starting" | "running" | "stopping";
}

/**
 * Stops every service worker of a Chromium that is in this role. Bypasses chromedriver, which has been seen to wait forever for this
 * response while the browser responded to other clients.
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

/** Crashes the process of a frame, as script can by exhausting its memory. `origin` is the frame's, and not that of the page around it. */
export async function crashFrame(address: string, origin: string): Promise<void> {
  const targets = await targetsOf(address);
  const frame = targets.find(({ type, url }) => type === "iframe" && new URL(url).origin === origin);
  if (!frame) throw new Error(`Chromium has no frame of ${origin}`);
  const socket = new WebSocket(frame.webSocketDebuggerUrl);
  try {
    await once(socket, "open");
    socket.send(JSON.stringify({ id: 1, method: "Page.crash" }));
    await once(socket, "message");
  } finally {
    socket.terminate();
  }
}

/** The debugger of some page, which reaches all service workers. */
async function pageOf(address: string): Promise<string> {
  const page = (await targetsOf(address)).find(({ type }) => type === "page");
  if (!page) throw new Error("Chromium has no page");
  return page.webSocketDebuggerUrl;
}

async function targetsOf(address: string): Promise<Target[]> {
  const response = await fetch(`http://${address}/json/list`);
  return (await response.json()) as Target[];
}

function areStopped(socket: WebSocket, role: Role, origin: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    /** The versions that still have to be stopped. */
    const left = new Set<string>();
    let isTold = false;
    setTimeout(resolve, STOP_TIMEOUT_MS, false);
    socket.on("close", () => resolve(false));
    socket.on("message", (data) => {
      const { error, method, params } = JSON.parse(String(data)) as Message;
      if (error) reject(new Error(error.message));
      // The first event lists all of them.
      if (method !== "ServiceWorker.workerVersionUpdated") return;
      for (const { versionId, scriptURL, status, runningStatus } of params?.versions ?? []) {
        // It may start again at once for a pending request.
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

interface Target {
  type: string;
  url: string;
  webSocketDebuggerUrl: string;
}

interface Message {
  error?: { message: string };
  method?: string;
  params?: { versions?: Version[] };
}
