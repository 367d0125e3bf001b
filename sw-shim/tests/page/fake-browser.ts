import { vi } from "vitest";

/** A service worker as its page sees it. */
export class FakeWorker extends EventTarget {
  readonly scriptURL = "https://app.example.com/vault-worker.js";
  /** Every message it got. */
  readonly messages: unknown[] = [];

  constructor(
    public state: ServiceWorkerState,
    /** What it says of itself; without it, it never answers. */
    private readonly greeting?: { version: string; basePath: string },
  ) {
    super();
  }

  postMessage(message: unknown, [port]: MessagePort[]): void {
    this.messages.push(message);
    if (this.greeting) port?.postMessage(this.greeting);
  }

  become(state: ServiceWorkerState): void {
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }
}

/** A registration whose workers a test puts in place. */
export class FakeRegistration {
  installing: FakeWorker | null = null;
  waiting: FakeWorker | null = null;
  active: FakeWorker | null = null;
  scope = "https://app.example.com/";
  /** What the browser finds at the next update. */
  readonly update = vi.fn(async () => {});
}

/** `navigator.serviceWorker`. */
export class FakeContainer extends EventTarget {
  controller: FakeWorker | null = null;
  readonly registration = new FakeRegistration();
  readonly register = vi.fn(async (_url: string, _options: RegistrationOptions) => this.registration);

  /** The browser makes `worker` the page's own. */
  control(worker: FakeWorker): void {
    this.controller = worker;
    this.dispatchEvent(new Event("controllerchange"));
  }
}

/** `location` of the page. */
export class FakeLocation {
  readonly assign = vi.fn((_url: string) => {});
  readonly reload = vi.fn(() => {});
  constructor(
    readonly href = "https://app.example.com/notes?tab=2#top",
    readonly origin = "https://app.example.com",
  ) {}
}

/** A worker's event stream, written by the test. */
export class FakeStream {
  readonly #stream = new TransformStream<Uint8Array, Uint8Array>();
  readonly #writer = this.#stream.writable.getWriter();

  get response(): Response {
    return new Response(this.#stream.readable, { headers: { "content-type": "text/event-stream" } });
  }

  write(text: string | Uint8Array): void {
    const chunk = typeof text === "string" ? new TextEncoder().encode(text) : text;
    this.#writer.write(chunk).catch(() => {});
  }

  /** As in Firefox, some time after the worker has stopped. */
  end(): void {
    this.#writer.close().catch(() => {});
  }

  /** As in Chromium, when the worker stops. */
  break(): void {
    this.#writer.abort(new TypeError("network error")).catch(() => {});
  }
}

/** The bytes of one event. */
export function event(session: unknown): string {
  return `event: session\ndata: ${JSON.stringify(session)}\n\n`;
}

const nothing = { user: null, expiresAt: null, renewsAt: null, error: null, signIn: null, worker: null };
export const anonymous = { ...nothing, status: "anonymous", signIn: "start" };
export const recovering = { ...nothing, status: "recovering" };
export const ada = {
  ...nothing,
  status: "authenticated",
  user: { sub: "ada-1", name: "Ada Lövelace 🔐" },
  expiresAt: 1,
};
