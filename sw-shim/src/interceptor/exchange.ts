/** Statuses whose responses have no body, and that a response can be constructed with (Fetch standard, section 2.2.3). */
const NULL_BODY = [204, 205, 304];

/** The head of a response. The status is 0 for a redirect that the request's `redirect: "manual"` stopped. */
interface Head {
  status: number;
  statusText: string;
  headers: [name: string, value: string][];
  /** The whole body if it is short, or whether chunks follow. */
  body: boolean | ArrayBuffer;
}

/** A message about a response: the head. If it does not contain the body, also the first chunk, one for each `pull`, and the end. */
export type Part = Head | { chunk: Uint8Array } | { end: true } | { failed: true };

/** What a relay is told about a request under way. */
export type Instruction = { pull: true } | { abort: true };

/** One request at a relay, until its response is complete. WebKit cannot transfer streams, so a body comes in messages. */
export class Exchange {
  /** `undefined` if the relay was gone before it responded. */
  readonly response: Promise<Response | undefined>;
  /** The request's body, so that it is not garbage collected: in WebKit the relay, which has been sent it, would get an empty `Blob`. */
  requestBody: Blob | undefined;
  readonly #request: Request;
  readonly #tell: (instruction: Instruction) => void;
  readonly #isDraining: () => boolean;
  readonly #ended: () => void;
  #resolve!: (response: Response | undefined) => void;
  #reject!: (reason: unknown) => void;
  #body: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isEventStream = false;
  /** Called when the chunk that the browser pulled is there. */
  #pulled = () => {};

  /**
   * @param tell Tells the relay.
   * @param isDraining Whether event streams end after their first chunk.
   * @param ended Called when nothing more is expected of the relay.
   */
  constructor(
    request: Request,
    tell: (instruction: Instruction) => void,
    isDraining: () => boolean,
    ended: () => void,
  ) {
    this.#request = request;
    this.#tell = tell;
    this.#isDraining = isDraining;
    this.#ended = ended;
    const { signal } = request;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    signal.addEventListener("abort", () => this.abort(signal.reason));
  }

  receive(part: Part): void {
    if ("status" in part) {
      this.#respond(part);
    } else if ("chunk" in part) {
      this.#body?.enqueue(part.chunk);
      this.#pulled();
      if (this.#isDraining()) this.drain();
    } else if ("end" in part) {
      this.#body?.close();
      this.#ended();
    } else {
      this.#resolve(Response.error());
      this.fail();
    }
  }

  /** Fails the request: the relay could not fetch, or is gone. */
  fail(): void {
    this.#resolve(undefined);
    this.#body?.error(new TypeError("The vault's frame is gone, or the connection to the API."));
    this.#ended();
  }

  /** Ends the response if it is an event stream: its reader will open another. */
  drain(): void {
    if (!this.#isEventStream) return;
    this.#body?.close();
    this.#drop();
  }

  /**
   * Aborts the request, because the page has aborted it or its body cannot be read. Once there is a response, the page cancels its body
   * instead.
   */
  abort(reason: unknown): void {
    if (!this.#body) this.#drop();
    this.#reject(reason);
  }

  #drop(): void {
    this.#tell({ abort: true });
    this.#ended();
  }

  #respond({ status, statusText, headers, body }: Head): void {
    // The browser gives the page an opaque redirect, which hides the target, so any URL will do.
    const isRedirect = status === 0 && this.#request.redirect === "manual";
    const hasBody = body && !isRedirect && !NULL_BODY.includes(status);
    try {
      const content = hasBody ? (body === true ? this.#stream() : streamOf(body)) : null;
      const response = isRedirect
        ? Response.redirect(this.#request.url)
        : new Response(content, { status, statusText, headers });
      this.#isEventStream = /^text\/event-stream/.test(response.headers.get("content-type") ?? "");
      this.#resolve(response);
      if (this.#body) return;
    } catch {
      // A status or a header that no script may respond with.
      this.#resolve(Response.error());
    }
    if (body === true) this.#drop();
    else this.#ended();
  }

  #stream(): ReadableStream<Uint8Array> {
    let isFirst = true;
    return new ReadableStream({
      start: (controller) => {
        this.#body = controller;
      },
      pull: () => {
        if (!isFirst) this.#tell({ pull: true });
        isFirst = false;
        return new Promise((resolve) => {
          this.#pulled = resolve;
        });
      },
      cancel: () => this.#drop(),
    });
  }
}

/** Chromium turns a response's `ArrayBuffer` into a blob, which costs another trip through the browser's main process. */
function streamOf(body: ArrayBuffer): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(body));
      controller.close();
    },
  });
}
