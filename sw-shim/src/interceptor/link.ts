import { Exchange, type Part } from "./exchange";

/** The version of the protocol between an interceptor and a relay. */
const PROTOCOL = 1;

/** What a relay says of itself, or about a request. */
type Message = { ready: number } | { failed: string } | ({ id: number } & Part);

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
   * Sends `request` to `url` through the relay.
   *
   * @param isDraining Whether event streams end after their first chunk.
   * @returns `undefined` if the relay was gone before it responded.
   */
  fetch(
    request: Request,
    url: string,
    body: Blob | undefined,
    isDraining: () => boolean,
  ): Promise<Response | undefined> {
    const id = this.#count++;
    const exchange = new Exchange(
      request,
      (instruction) => this.#port.postMessage({ id, ...instruction }),
      isDraining,
      () => this.#exchanges.delete(id),
    );
    this.#exchanges.set(id, exchange);
    const { method, headers, mode, destination, redirect, credentials, cache } = request;
    const init = { method, headers: [...headers], mode, destination, redirect, credentials, cache };
    this.#port.postMessage({ id, url, ...init, ...(body && { body }) });
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
