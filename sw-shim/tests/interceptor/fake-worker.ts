import { vi } from "vitest";

export const VAULT = "https://vault.example.com";
export const API = "https://api.example.com/v1/notes";

type Intercept = typeof import("../../src/interceptor/intercept").intercept;
export type Options = Parameters<Intercept>[0];

/** A page, or another client, as the interceptor sees it. */
export class FakeClient {
  readonly postMessage = vi.fn((_message: unknown) => {});

  constructor(
    readonly id: string,
    readonly type: "window" | "worker" | "sharedworker" = "window",
    readonly frameType: "top-level" | "nested" | "none" = "top-level",
  ) {}
}

/** A version of the script, as the registration shows it. */
export class FakeVersion extends EventTarget {
  state: ServiceWorkerState = "installing";
  readonly received: unknown[] = [];

  postMessage(message: unknown): void {
    this.received.push(message);
  }

  become(state: ServiceWorkerState): void {
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }
}

class FakeRegistration extends EventTarget {
  readonly scope: string;
  active: FakeVersion | null = new FakeVersion();
  installing: FakeVersion | null = null;
  waiting: FakeVersion | null = null;

  constructor(scope: string) {
    super();
    this.scope = scope;
  }
}

/** The service worker of an app that has an interceptor, with the pages that it controls. */
export class FakeScope extends EventTarget {
  readonly registration: FakeRegistration;
  readonly serviceWorker = new FakeVersion();
  readonly skipWaiting = vi.fn(async () => {});
  /** The last one used comes first. */
  pages: FakeClient[] = [];
  readonly clients = {
    claim: vi.fn(async () => {}),
    get: async (id: string) => this.pages.find((page) => page.id === id),
    matchAll: async ({ type }: { type: string }) => this.pages.filter((page) => page.type === type),
  };

  constructor(readonly location = new URL("https://app.example.com/worker.js")) {
    super();
    this.registration = new FakeRegistration(new URL("./", location).href);
  }

  /** Starts the script, as the browser does at each start of the worker. */
  async start(options: Partial<Options> = {}): Promise<void> {
    vi.stubGlobal("self", this);
    vi.resetModules();
    const { intercept } = await import("../../src/interceptor/intercept");
    intercept({ vault: VAULT, api: ["https://api.example.com/v1/"], ...options });
  }

  /** Dispatches an event, whose promises it returns. */
  dispatch(type: string, properties: object = {}): Promise<unknown>[] {
    const extensions: Promise<unknown>[] = [];
    const waitUntil = (extension: Promise<unknown>) => extensions.push(extension);
    this.dispatchEvent(Object.assign(new Event(type), { waitUntil, ...properties }));
    return extensions;
  }

  /** The page sends a request. `undefined` if the browser handles it. */
  fetch(client: FakeClient | undefined, request: Request): Promise<Response> | undefined {
    let response: Promise<Response> | undefined;
    const respondWith = (promise: Promise<Response>) => {
      response = Promise.resolve(promise);
    };
    this.dispatch("fetch", { clientId: client?.id ?? "", request, respondWith });
    return response;
  }

  /** The page gives the worker a port to a relay, which the test plays. */
  connect(page: FakeClient): FakeRelay {
    const { port1, port2 } = new MessageChannel();
    const relay = new FakeRelay(port1);
    this.dispatch("message", { data: "strongroom:port", source: page, ports: [port2] });
    return relay;
  }
}

interface Sent {
  id: number;
  url: string;
  body: boolean;
  [property: string]: unknown;
}

const relays: FakeRelay[] = [];

/** The other end of a port, which speaks as the vault's relay. */
export class FakeRelay {
  readonly #port: MessagePort;
  /** The requests. */
  readonly received: Sent[] = [];
  /** The requests that were aborted, and those of which a chunk was pulled, by their IDs. */
  readonly aborted: number[] = [];
  readonly pulled: number[] = [];
  /** The bodies of requests, by their IDs. */
  readonly bodies = new Map<number, Blob | undefined>();

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }) => {
      if (data.abort) this.aborted.push(data.id);
      else if (data.pull) this.pulled.push(data.id);
      else if (!data.url) this.bodies.set(data.id, data.body);
      else this.received.push(data);
    };
    relays.push(this);
  }

  static closeAll(): void {
    for (const relay of relays.splice(0)) relay.#port.close();
  }

  /** Says that the app may use the vault. */
  ready(protocol = 1): this {
    this.#port.postMessage({ ready: protocol });
    return this;
  }

  say(message: unknown): void {
    this.#port.postMessage(message);
  }

  /** The request that is `index`th, once it is here. */
  async message(index = 0): Promise<Sent> {
    return await vi.waitFor(() => {
      const message = this.received[index];
      if (!message) throw new Error(`the relay got ${this.received.length} requests`);
      return message;
    });
  }

  /** The text of the body of the request that is `index`th, once it is here. */
  async bodyText(index = 0): Promise<string | undefined> {
    const { id } = await this.message(index);
    await vi.waitFor(() => {
      if (!this.bodies.has(id)) throw new Error("the relay got no body");
    });
    return this.bodies.get(id)?.text();
  }

  /** Responds to the request that is `index`th. A body follows, as the test writes it. */
  async respond(head: Partial<Head> = {}, index = 0): Promise<FakeBody> {
    const { id } = await this.message(index);
    this.say({ id, status: 200, statusText: "", headers: [], body: false, ...head });
    return new FakeBody(this, id);
  }
}

interface Head {
  status: number;
  statusText: string;
  headers: [string, string][];
  body: boolean | ArrayBuffer;
}

/** The body of a response. */
class FakeBody {
  readonly #relay: FakeRelay;
  readonly #id: number;

  constructor(relay: FakeRelay, id: number) {
    this.#relay = relay;
    this.#id = id;
  }

  write(text: string): void {
    this.#relay.say({ id: this.#id, chunk: new TextEncoder().encode(text) });
  }

  end(): void {
    this.#relay.say({ id: this.#id, end: true });
  }

  /** The connection to the API breaks. */
  fail(): void {
    this.#relay.say({ id: this.#id, failed: true });
  }

  get pulls(): number {
    return this.#relay.pulled.filter((id) => id === this.#id).length;
  }

  /** Waits until nobody reads it any more. */
  async aborted(): Promise<void> {
    await vi.waitFor(() => {
      if (!this.#relay.aborted.includes(this.#id)) throw new Error("it is still read");
    });
  }
}

/** A request as browsers make it for a page. Node.js has neither navigations nor destinations. */
export function request(url: string, init: RequestInit = {}, properties: object = {}): Request {
  const all = { mode: "cors", destination: "", ...properties };
  const result = new Request(new URL(url, "https://app.example.com/"), init);
  for (const [name, value] of Object.entries(all)) Object.defineProperty(result, name, { value });
  return result;
}

/** A top-level navigation. */
export function navigation(url: string): Request {
  return request(url, {}, { mode: "navigate", destination: "document", redirect: "manual" });
}

export const eventStream: [string, string][] = [["content-type", "text/event-stream"]];

/** The next chunk of a body. */
export async function nextText(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> {
  const { value } = await reader.read();
  return value && new TextDecoder().decode(value);
}
