/** The version of the protocol between an interceptor and a relay. */
const PROTOCOL = 1;

/** Statuses whose responses have no body, and that a response can be constructed with (Fetch standard, section 2.2.3). */
const NULL_BODY = [204, 205, 304];

/** What a relay says. */
type Message =
  | { ready: number }
  | { failed: string }
  | { id: number; failed: true }
  | ({ id: number } & Head);

/** The response to a request. The status is 0 for a redirect that the request's `redirect: "manual"` stopped. */
interface Head {
  status: number;
  statusText: string;
  headers: [name: string, value: string][];
  body: ReadableStream<Uint8Array> | null;
}

/** A request that was sent and whose response is not complete. */
interface Exchange {
  respond(head: Head): void;
  /** The relay is gone, or could not fetch. */
  fail(): void;
  /** Ends the response if it is an event stream: its reader will open another. */
  drain(): void;
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

  /** Sends `request` to `url` through the relay. `isDraining` tells whether event streams have to end. */
  fetch(request: Request, url: string, body: Blob | undefined, isDraining: () => boolean): Promise<Response> {
    const id = this.#count++;
    const { method, headers, mode, destination, redirect, credentials, cache, signal } = request;
    return new Promise((resolve, reject) => {
      const end = () => this.#exchanges.delete(id);
      const exchange: Exchange = {
        respond: (head) => {
          const stream = relayed(head, isDraining, end);
          if (stream) this.#exchanges.set(id, stream);
          else end();
          resolve(toResponse(head, stream?.readable ?? null, request));
        },
        fail() {
          end();
          resolve(Response.error());
        },
        drain() {},
      };
      signal.addEventListener("abort", () => {
        // Later, the page cancels the body instead.
        if (this.#exchanges.get(id) !== exchange) return;
        end();
        this.#port.postMessage({ id, abort: true });
        reject(signal.reason);
      });
      this.#exchanges.set(id, exchange);
      const init = { method, headers: [...headers], mode, destination, redirect, credentials, cache };
      this.#port.postMessage({ id, url, ...init, ...(body && { body }) });
    });
  }

  /** Ends the event streams. */
  drain(): void {
    for (const exchange of this.#exchanges.values()) exchange.drain();
  }

  /** Fails every request that is not complete. */
  close(): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.#port.close();
    for (const exchange of this.#exchanges.values()) exchange.fail();
    this.#changed();
  }

  #receive(message: Message): void {
    if ("id" in message) {
      const exchange = this.#exchanges.get(message.id);
      if ("failed" in message) exchange?.fail();
      else exchange?.respond(message);
    } else if (this.state === "pending" && "ready" in message && message.ready === PROTOCOL) {
      this.state = "ready";
      this.#changed();
    } else if (this.state === "pending") {
      this.close();
    }
  }
}

/**
 * The body of a response, or `undefined` if it has none. Reads on behalf of the page, because a transferred stream does not
 * end when the other side is gone.
 */
function relayed(
  { status, headers, body }: Head,
  isDraining: () => boolean,
  ended: () => void,
): (Exchange & { readable: ReadableStream<Uint8Array> }) | undefined {
  if (!body) return;
  const reader = body.getReader();
  if (NULL_BODY.includes(status)) {
    reader.cancel().catch(() => {});
    return;
  }
  const isEventStream = headers.some(
    ([name, value]) => name === "content-type" && value.startsWith("text/event-stream"),
  );
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const drain = () => {
    if (!isEventStream) return;
    ended();
    controller.close();
    reader.cancel().catch(() => {});
  };
  const readable = new ReadableStream<Uint8Array>(
    {
      start(its) {
        controller = its;
      },
      async pull() {
        try {
          const { done, value } = await reader.read();
          if (!done) {
            controller.enqueue(value);
            if (isDraining()) drain();
            return;
          }
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        ended();
      },
      cancel(reason) {
        ended();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  const fail = () => {
    ended();
    controller.error(new TypeError("The vault's frame is gone."));
    reader.cancel().catch(() => {});
  };
  return { readable, respond() {}, fail, drain };
}

function toResponse(
  { status, statusText, headers }: Head,
  body: ReadableStream<Uint8Array> | null,
  request: Request,
): Response {
  // The browser hides where a redirect leads from a page that follows none.
  if (status === 0 && request.redirect === "manual") return Response.redirect(request.url);
  try {
    return new Response(body, { status, statusText, headers });
  } catch {
    // A status or a header that no script may construct.
    return Response.error();
  }
}
