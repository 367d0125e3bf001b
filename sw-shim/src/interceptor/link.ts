import { Exchange, type Part } from "./exchange";

/** The version of the protocol between an interceptor and a relay. */
const PROTOCOL = 1;

/** What a relay says of itself, or about a request. */
type Message = { ready: number } | { failed: string } | ({ id: number } & Part);

/** Whether the request has no body and no effect. */
export function isSafe({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}

/** Firefox has no `Request.body`. */
function mayHaveBody(request: Request): boolean {
  return !isSafe(request) && request.body !== null;
}

/** The connection to one page's relay. */
export class Link {
  state: "pending" | "ready" | "closed" = "pending";
  readonly #port: MessagePort;
  readonly #changed: () => void;
  readonly #exchanges = new Map<number, Exchange>();
  #count = 0;

  /** @param changed Called when the state changes. */
  constructor(port: MessagePort, changed: () => void) {
    this.#port = port;
    this.#changed = changed;
    port.onmessage = ({ data }) => this.#receive(Object(data));
  }

  /**
   * Sends `request` to `url` through the relay, and its body as soon as it is complete.
   *
   * @param isDraining Whether event streams end after their first chunk.
   * @returns `undefined` if the relay was gone before it responded.
   */
  fetch(request: Request, url: string, isDraining: () => boolean): Promise<Response | undefined> {
    const id = this.#count++;
    const tell = (message: object) => this.#port.postMessage({ id, ...message });
    const exchange = new Exchange(request, tell, isDraining, () => this.#exchanges.delete(id));
    this.#exchanges.set(id, exchange);
    const { method, headers, mode, destination, redirect, credentials, cache } = request;
    const init = { method, headers: [...headers], mode, destination, redirect, credentials, cache };
    const body = mayHaveBody(request);
    // At once, so that the relay knows in whose session the page has sent it: a body that the page streams may take minutes.
    tell({ url, ...init, body });
    // As a `Blob`: a transferred stream fails in Chromium over HTTP/1.1.
    if (body)
      request.blob().then(
        (body) => {
          exchange.requestBody = body;
          tell({ body: body.size ? body : undefined });
        },
        (reason) => exchange.abort(reason),
      );
    return exchange.response;
  }

  /** Ends the event streams. */
  drain(): void {
    for (const exchange of this.#exchanges.values()) exchange.drain();
  }

  /** Fails every request that is not complete. */
  close(): void {
    if (this.state === "closed") return;
    this.state = "closed";
    for (const exchange of this.#exchanges.values()) exchange.fail();
    this.#port.close();
    this.#changed();
  }

  #receive(message: Message): void {
    if ("id" in message) {
      this.#exchanges.get(message.id)?.receive(message);
    } else if (this.state === "pending" && "ready" in message && message.ready === PROTOCOL) {
      this.state = "ready";
      this.#changed();
    } else if (this.state === "pending") {
      this.close();
    }
  }
}
