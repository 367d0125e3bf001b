import type { Vault } from "./wasm";

/** The version of the messages on a port. Interceptor and relay may come from different versions of the package. */
const PROTOCOL = 1;

/** How many requests of one port may be under way. A page that sends requests in a loop must not exhaust memory. */
const MOST_REQUESTS = 1_024;

/** The longest body that crosses the port in one message with its head, in bytes as sent by the API. Fewer messages take less time. */
const SHORT_BODY = 16_384;

/** How many ports are served. Over the limit, the oldest is closed: a page needs a new one each time its interceptor is restarted. */
const MOST_PORTS = 8;

/**
 * A request of an app, as its interceptor describes it. A message without `url` is about the request with the same `id`: it ends the
 * request, brings its body, or pulls the next chunk of the response. Not trusted: script of the app can send any message.
 */
interface Message {
  id: number;
  abort?: true;
  /** In a request whether its body follows, otherwise that body. */
  body: boolean | Blob;
  /** An API's URL, or an endpoint's path below the base path. */
  url: string;
  method: string;
  headers: [name: string, value: string][];
  mode: string;
  destination: string;
  redirect: RequestRedirect;
  credentials: RequestCredentials;
  cache: RequestCache;
}

/** A request whose response is not complete. */
interface UnderWay {
  aborting: AbortController;
  /** Lets the request go, with this body, or the next chunk of the response. */
  goOn(body?: Blob): void;
}

/**
 * Serves the apps of a vault origin: fetches what their interceptors ask for and passes the responses on. The core decides what is
 * fetched, and whether from here, with the token, or through the vault's service worker. The vault's frame, which started this
 * worker, sends one port for each page, with the page's origin as the browser reported it.
 */
export function relay(scope: DedicatedWorkerGlobalScope, vault: Vault, apps: string[]): void {
  const relays: Relay[] = [];
  scope.addEventListener("message", ({ data, ports: [port] }) => {
    if (!port) return;
    if (!apps.includes(data.app)) {
      // So that the interceptor does not wait for a relay that will never be ready.
      port.postMessage({ failed: "invalid_app" });
      return port.close();
    }
    relays.push(new Relay(scope, vault, data.app, port));
    if (relays.length > MOST_PORTS) relays.shift()?.close();
  });
}

/** Whether the API states that the body is short. */
function isShort(headers: Headers): boolean {
  return Number.parseInt(headers.get("content-length") ?? "", 10) <= SHORT_BODY;
}

function abort({ aborting, goOn }: UnderWay): void {
  aborting.abort();
  goOn();
}

class Relay {
  readonly #scope: DedicatedWorkerGlobalScope;
  readonly #vault: Vault;
  readonly #app: string;
  readonly #port: MessagePort;
  readonly #underWay = new Map<number, UnderWay>();

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
    for (const underWay of this.#underWay.values()) abort(underWay);
  }

  #take(message: Message): void {
    const underWay = this.#underWay.get(message.id);
    if (message.abort) underWay && abort(underWay);
    else if (typeof message.url === "string") this.#respond(message);
    else underWay?.goOn(message.body as Blob | undefined);
  }

  async #respond(message: Message): Promise<void> {
    const { id } = message;
    if (this.#underWay.has(id) || this.#underWay.size >= MOST_REQUESTS)
      return this.#send({ id, failed: true });
    const aborting = new AbortController();
    const underWay: UnderWay = { aborting, goOn() {} };
    this.#underWay.set(id, underWay);
    try {
      const response = await this.#fetch(message, underWay);
      const { status, statusText, headers, body } = response;
      const head = { id, status, statusText, headers: [...headers] };
      if (body && isShort(headers)) {
        const whole = await response.arrayBuffer();
        return this.#send({ ...head, body: whole }, [whole]);
      }
      this.#send({ ...head, body: Boolean(body) });
      if (body) await this.#stream(id, body.getReader(), underWay);
    } catch {
      this.#send({ id, failed: true });
    } finally {
      this.#underWay.delete(id);
    }
  }

  /** Sends the first chunk at once, and each other when it is pulled. Reads ahead by one, so that a short body ends at once too. */
  async #stream(
    id: number,
    reader: ReadableStreamDefaultReader<Uint8Array>,
    underWay: UnderWay,
  ): Promise<void> {
    let pulled = Promise.resolve();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return this.#send({ id, end: true });
      await pulled;
      pulled = new Promise((resolve) => {
        underWay.goOn = resolve as () => void;
      });
      this.#send({ id, chunk: value }, [value.buffer]);
    }
  }

  #send(message: object, transferred: Transferable[] = []): void {
    this.#port.postMessage(message, transferred);
  }

  async #fetch(message: Message, underWay: UnderWay): Promise<Response> {
    const { method, headers, mode, destination, redirect, cache } = message;
    // By the time the body is here, another user may have signed in.
    const user = message.body ? this.#vault.user() : 0n;
    const body =
      message.body &&
      (await new Promise<Blob | undefined>((resolve) => {
        underWay.goOn = resolve;
      }));
    // Images and beacons include credentials without being asked to. APIs with bearer tokens rarely allow them, and CORS would fail.
    const credentials = mode === "no-cors" ? "same-origin" : message.credentials;
    const isEndpoint = message.url.startsWith("/");
    const { href, pathname, search } = new URL(message.url, this.#scope.location.origin);
    const url = isEndpoint ? pathname + search : href;
    // A line break would make one property look like another.
    const head = [url, method, mode, destination, redirect].map((part) => String(part).replace(/\s/g, ""));
    const init: RequestInit = {
      method,
      headers,
      redirect,
      credentials,
      cache,
      signal: underWay.aborting.signal,
    };
    if (body) init.body = body;
    const response: Response | undefined = await this.#vault.relay(this.#app, head.join("\n"), init, user);
    // The core does not allow it.
    if (!response) throw new TypeError();
    return pathname === "/login" && isEndpoint && response.status === 200 ? this.#signIn(response) : response;
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
