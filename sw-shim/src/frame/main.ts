// The script of frame.html, on a vault's own origin. Apps embed that page. Nothing they send is trusted: the relay, a worker, decides
// which app it serves and what it fetches.
import { VaultError } from "../page/errors";
import { container, openWorker } from "../page/open";
import { sleep } from "../page/vault";
import { trustedScriptUrl } from "../page/worker-script";

/** How long a silent sign-in may take, in milliseconds. */
const SILENT_TIMEOUT = 10_000;

const { href } = new URL("/vault-worker.js", location.href);
let script: string | undefined;
let starting: Promise<Worker> | undefined;
let isSigningIn = false;

// A page that is opened by itself has nothing to do.
if (parent !== window) {
  addEventListener("message", ({ data, source, origin, ports: [port] }) => {
    if (data === "strongroom:port" && source === parent && port) connect(origin, port);
  });
  relay().catch(() => {});
}

/** Gives the port of the page that embeds this one to the relay, with the page's origin as the browser names it. */
async function connect(app: string, port: MessagePort): Promise<void> {
  parent.postMessage({ strongroom: "starting" }, app);
  try {
    (await relay()).postMessage({ app }, [port]);
    parent.postMessage({ strongroom: "ready" }, app);
  } catch (error) {
    const code = error instanceof VaultError ? error.code : "worker_failed";
    port.postMessage({ failed: code });
    parent.postMessage({ strongroom: "failed", code }, app);
  }
}

/** The relay, once it can be used. After a failure, the next port makes another attempt. */
function relay(): Promise<Worker> {
  starting ??= start().catch((error) => {
    starting = undefined;
    console.error(error);
    throw error;
  });
  return starting;
}

async function start(): Promise<Worker> {
  if (!container) throw new VaultError("service_worker_unavailable", "No service workers here.");
  script ??= trustedScriptUrl(href);
  const { basePath } = await openWorker(href, undefined, script);
  await redeemCookies(basePath);
  const relay = new Worker(script);
  relay.onmessage = ({ data }) => signInSilently(data.silent, basePath);
  return relay;
}

/**
 * Hands the results of sign-ins, which the callback page left in cookies, to the vault. It accepts those of its own sign-ins, each
 * once; deleting them fails in WebKit. Others stay: they may be for the frame of another app, whose storage WebKit keeps apart.
 */
async function redeemCookies(basePath: string): Promise<void> {
  // Another host of the site cannot set cookies with this prefix, except in WebKitGTK. Only loopback hosts do without https.
  const prefix = location.protocol === "https:" ? "__Host-strongroom-" : "strongroom-";
  for (const cookie of document.cookie.split("; ")) {
    if (!cookie.startsWith(prefix)) continue;
    const [name, response = ""] = cookie.split("=");
    if ((await redeem(basePath, response))?.status !== 200) continue;
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
    document.cookie = `${name}=; Max-Age=0; Path=/; SameSite=Strict${prefix[0] === "_" ? "; Secure" : ""}`;
  }
}

function redeem(basePath: string, response: string): Promise<Response | undefined> {
  return fetch(`${basePath}/redeem`, { method: "POST", body: response }).catch(() => undefined);
}

/** Plays a sign-in without interaction in a nested frame, which ends at the callback page. */
async function signInSilently(url: string, basePath: string): Promise<void> {
  if (isSigningIn) return;
  isSigningIn = true;
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.src = url;
  const over = new AbortController();
  const calledBack = new Promise<string>((resolve) => {
    const hear = ({ data, source, origin }: MessageEvent) => {
      const isOwn = source === frame.contentWindow && origin === location.origin;
      if (isOwn && typeof data?.response === "string") resolve(data.response);
    };
    addEventListener("message", hear, { signal: over.signal });
  });
  document.body.append(frame);
  const response = await Promise.race([calledBack, sleep(SILENT_TIMEOUT)]);
  over.abort();
  frame.remove();
  if (response) await redeem(basePath, response);
  isSigningIn = false;
}
