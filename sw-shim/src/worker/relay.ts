import type { Vault } from "./wasm";

/** The version of the messages on a port. Interceptor and relay may come from different versions of the package. */
const PROTOCOL = 1;

/** How many requests of one port may be under way. A page that sends requests in a loop must not exhaust memory. */
const MOST_REQUESTS = 1_024;

/** How many ports are served. Over the limit, the oldest is closed: a page needs a new one each time its interceptor is restarted. */
const MOST_PORTS = 8;

/** A request of an app, as its interceptor describes it. Not trusted: script of the app can send any message. */
interface Message {
  id: number;
  abort?: true;
  /** An API's URL, or an endpoint's path below the base path. */
  url: string;
  method: string;
  headers: [name: string, value: string][];
  body?: Blob;
  mode: string;
  destination: string;
  redirect: RequestRedirect;
  credentials: RequestCredentials;
  cache: RequestCache;
}

/**
 * Serves the apps of a vault origin: fetches what their interceptors ask for and passes the responses on. The requests go through
 * the vault's service worker, which attaches the token. The vault's frame, which started this worker, sends one port for each page,
 * with the page's origin as the browser reported it.
 */
export function relay(scope: DedicatedWorkerGlobalScope, vault: Vault, apps: string[]): void {
  const relays: Relay[] = [];
  scope.addEventListener("message", ({ data, ports: [port] }) => {
    if (!port) return;
    if (!apps.includes(data.app)) return port.close();
    relays.push(new Relay(scope, vault, data.app, port));
    if (relays.length > MOST_PORTS) relays.shift()?.close();
  });
}

class Relay {
  readonly #scope: DedicatedWorkerGlobalScope;
  readonly #vault: Vault;
  readonly #app: string;
  readonly #port: MessagePort;
  readonly #underWay = new Map<number, AbortController>();

  constructor(scope: DedicatedWorkerGlobalScope, vault: Vault, app: string, port: MessagePort) {
    this.#scope = scope;
    this.#vault = vault;
    this.#app = app;
    this.#port = port;
    port.onmessage = ({ data }) => this.#take(Object(data));
    port.postMessage({ ready: PROTOCOL });
  }

  close(): void {
    this.#port.close();
    for (const aborting of this.#underWay.values()) aborting.abort();
  }

  async #take(message: Message): Promise<void> {
    const { id, abort } = message;
    if (abort) return this.#underWay.get(id)?.abort();
    if (this.#underWay.has(id) || this.#underWay.size >= MOST_REQUESTS)
      return this.#send({ id, failed: true });
    const aborting = new AbortController();
    this.#underWay.set(id, aborting);
    try {
      const { status, statusText, headers, body } = await this.#fetch(message, aborting.signal);
      this.#send({ id, status, statusText, headers: [...headers], body }, body ? [body] : []);
    } catch {
      this.#send({ id, failed: true });
    } finally {
      this.#underWay.delete(id);
    }
  }

  #send(message: object, transferred: Transferable[] = []): void {
    this.#port.postMessage(message, transferred);
  }

  async #fetch(message: Message, signal: AbortSignal): Promise<Response> {
    const { method, headers, body, mode, destination, redirect, cache } = message;
    // Images and beacons include credentials without being asked to. APIs with bearer tokens rarely allow them, and CORS would fail.
    const credentials = mode === "no-cors" ? "same-origin" : message.credentials;
    const isEndpoint = message.url.startsWith("/");
    const { href, pathname, search } = new URL(message.url, this.#scope.location.origin);
    const url = isEndpoint ? pathname + search : href;
    // A line break would make one property look like another.
    const head = [url, method, mode, destination, redirect].map((part) => String(part).replace(/\s/g, ""));
    const target = this.#vault.relayed(this.#app, head.join("\n"));
    if (!target) throw new TypeError("The vault does not relay this request.");
    const init: RequestInit = { method, headers, redirect, credentials, cache, signal };
    const response = await fetch(target, body ? { ...init, body } : init);
    return pathname === "/login" && isEndpoint && response.ok ? this.#signIn(response) : response;
  }

  /**
   * The frame can play a silent sign-in without leaving the page, which then gets a 204 and stays. Not a cross-origin isolated frame: in
   * it browsers block the authorization server's redirect, which lacks Cross-Origin-Resource-Policy.
   */
  async #signIn(response: Response): Promise<Response> {
    const { frame, location } = await response.json();
    if (!frame || this.#scope.crossOriginIsolated) return Response.json({ location: location ?? frame });
    this.#scope.postMessage({ silent: frame });
    return new Response(null, { status: 204 });
  }
}
