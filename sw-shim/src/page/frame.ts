import type { VaultError } from "./errors";
import type { Greeting } from "./greeting";

/** What the vault's frame says of itself. */
interface State {
  strongroom: "starting" | "ready" | "failed";
  /** Why it failed. */
  code?: string;
}

/** How long the vault's frame may take to load, in milliseconds. */
const LOAD_TIMEOUT = 10_000;

/** How long it may then take to be ready, in milliseconds. It redeems sign-ins first, and token endpoints can be slow. */
const START_TIMEOUT = 60_000;

/**
 * Interval of messages to the interceptor, in milliseconds. Firefox stops a worker that has had no event for 30 s, and cuts off
 * responses that stream through it, such as downloads.
 */
const KEEP_ALIVE = 15_000;

/** What asks for a port, and what it is sent with. */
const PORT = "strongroom:port";

/** Gives a worker a port to the relay in the frame. Resolves with the frame's state, unless it does not respond. */
let connectFrame: ((worker: ServiceWorker) => Promise<State | undefined>) | undefined;

/**
 * Opens a vault on an origin of its own: embeds its frame, and connects the interceptor to the relay in it for the life of the
 * page. Dependencies are arguments, because a shared module would add a third file to every page.
 *
 * @param href The URL of the interceptor's script.
 * @param vault `vault` of connect().
 * @param opening The interceptor's greeting.
 */
export async function embed(
  Failure: typeof VaultError,
  href: string,
  vault: string | URL,
  opening: Promise<Greeting>,
): Promise<Greeting> {
  opening.catch(() => {});
  const origin = vaultOrigin(vault, Failure);
  connectFrame ??= createFrame(origin, href);
  const greeting = await opening;
  if (greeting.vault !== origin) {
    throw new Failure(
      "invalid_configuration",
      `\`vault\` in connect() is ${origin}, but the worker script has ${greeting.vault}. Set the same \`vault\` in connect() and in strongroom.intercept.`,
    );
  }
  const state = await connectFrame(navigator.serviceWorker.controller as ServiceWorker);
  if (state?.strongroom === "ready") return greeting;
  const what = state ? `could not start: ${state.code}.` : "does not respond.";
  throw new Failure("vault_unreachable", `The vault's frame ${origin}${page()} ${what}`);
}

/** A cross-origin isolated page can embed only a frame that is isolated too. */
function page(): string {
  return crossOriginIsolated ? "/frame-isolated.html" : "/frame.html";
}

function vaultOrigin(vault: string | URL, Failure: typeof VaultError): string {
  try {
    const { href, origin, protocol } = new URL(vault);
    if (/^https?:$/.test(protocol) && href === `${origin}/` && origin !== location.origin) return origin;
  } catch {
    // Not a URL.
  }
  throw new Failure(
    "invalid_configuration",
    `\`vault\` in connect() is ${vault}. Set it to the origin of the vault, which is not the app's, for example "https://vault.example.com".`,
  );
}

/** @param href The URL of the only worker that gets ports. */
function createFrame(origin: string, href: string): NonNullable<typeof connectFrame> {
  const container = navigator.serviceWorker;
  const frame = document.createElement("iframe");
  frame.src = origin + page();
  // Otherwise Chromium does not tell the relay that it is isolated.
  if (crossOriginIsolated) frame.allow = "cross-origin-isolated";
  frame.title = "Sign-in";
  frame.hidden = true;
  // Style sheets of apps override `hidden`.
  frame.style.display = "none";
  frame.setAttribute("aria-hidden", "true");

  // A port reports nothing if the frame is removed, and the relay with it. Tell the interceptor, which then drops its port and asks for
  // another when it needs one.
  const removed = new MutationObserver(() => {
    if (!frame.isConnected) container.controller?.postMessage(PORT);
  });
  let loaded: Promise<unknown>;
  const load = () => {
    loaded = new Promise((resolve) => {
      frame.onload = resolve;
    });
    frame.remove();
    const parent = document.body ?? document.documentElement;
    parent.append(frame);
    for (const node of [document.documentElement, parent]) removed.observe(node, { childList: true });
  };
  load();

  let isSilent = false;
  const connect = async (worker: ServiceWorker) => {
    const { port1, port2 } = new MessageChannel();
    worker.postMessage(PORT, [port2]);
    if (isSilent || !frame.isConnected) load();
    const over = new AbortController();
    const response = new Promise<State | undefined>((resolve) => {
      let timer = setTimeout(resolve, LOAD_TIMEOUT);
      const hear = ({ source, origin: from, data }: MessageEvent) => {
        if (source !== frame.contentWindow || from !== origin || !data?.strongroom) return;
        if (data.strongroom !== "starting") return resolve(data);
        clearTimeout(timer);
        timer = setTimeout(resolve, START_TIMEOUT);
      };
      addEventListener("message", hear, { signal: over.signal });
    });
    loaded.then(() => frame.contentWindow?.postMessage(PORT, origin, [port1]));
    const state = await response;
    over.abort();
    isSilent = !state;
    return state;
  };
  container.addEventListener("message", ({ data, source }) => {
    const worker = source as ServiceWorker;
    if (data === PORT && worker.scriptURL === href) connect(worker);
  });
  container.startMessages();
  setInterval(() => container.controller?.postMessage(null), KEEP_ALIVE);
  return connect;
}
