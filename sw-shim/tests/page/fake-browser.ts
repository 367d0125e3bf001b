import { vi } from "vitest";

export const SCRIPT = "https://app.example.com/vault-worker.js";

/** A vault's response to a greeting. */
export interface FakeGreeting {
  version: string;
  scope: string;
  basePath: string;
  /** An interceptor's. */
  vault?: string;
}

/** A service worker as its page sees it. */
export class FakeWorker extends EventTarget {
  /** Every message it got. */
  readonly messages: unknown[] = [];
  /** The ports that came with messages other than a greeting. */
  readonly ports: MessagePort[] = [];
  registration: FakeRegistration | undefined;

  constructor(
    public state: ServiceWorkerState,
    /** Its response to a greeting. Without it, it never responds, like another app's worker. */
    private readonly greeting?: FakeGreeting,
    readonly scriptURL = SCRIPT,
  ) {
    super();
  }

  postMessage(message: unknown, [port]: MessagePort[] = []): void {
    this.messages.push(message);
    if (message === "strongroom:hello") this.greeting && port?.postMessage(this.greeting);
    else if (port) this.ports.push(port);
  }

  /** As the browser does: the registration shows it in another place, and a new version replaces the active one. */
  become(state: ServiceWorkerState): void {
    const { registration } = this;
    if (registration) {
      for (const place of ["installing", "waiting", "active"] as const) {
        if (registration[place] === this) registration[place] = null;
      }
      if (state === "installing") registration.installing = this;
      if (state === "installed") registration.waiting = this;
      if (state === "activating" || state === "activated") {
        registration.active?.become("redundant");
        registration.active = this;
      }
    }
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }
}

/** A registration whose workers a test puts in place. */
class FakeRegistration extends EventTarget {
  installing: FakeWorker | null = null;
  waiting: FakeWorker | null = null;
  active: FakeWorker | null = null;
  /** What the browser finds at the next update. */
  readonly update = vi.fn(async () => {});
  readonly unregister = vi.fn(async () => {
    this.container?.registrations.splice(this.container.registrations.indexOf(this), 1);
    return true;
  });

  constructor(
    readonly scope = "https://app.example.com/",
    private readonly container?: FakeContainer,
  ) {
    super();
  }

  /** The browser begins to install `worker`. */
  install(worker: FakeWorker): FakeWorker {
    worker.registration = this;
    worker.become("installing");
    this.dispatchEvent(new Event("updatefound"));
    return worker;
  }

  /** Puts an active worker in place. */
  activate(worker: FakeWorker): FakeWorker {
    worker.registration = this;
    worker.become("activated");
    return worker;
  }
}

/** `navigator.serviceWorker`. */
export class FakeContainer extends EventTarget {
  controller: FakeWorker | null = null;
  readonly startMessages = vi.fn(() => {});
  /** All of the origin. The first is the vault's. */
  readonly registrations: FakeRegistration[] = [new FakeRegistration(undefined, this)];

  /** What the vault's own registration is. */
  get registration(): FakeRegistration {
    const [registration] = this.registrations;
    if (!registration) throw new Error("it was unregistered");
    return registration;
  }

  readonly registered = vi.fn(async (_url: unknown, _options: RegistrationOptions) => this.registration);

  async register(url: unknown, options: RegistrationOptions): Promise<FakeRegistration> {
    return await this.registered(url, options);
  }

  /** Another registration of the same origin. */
  add(scope: string, worker?: FakeWorker): FakeRegistration {
    const registration = new FakeRegistration(scope, this);
    if (worker) registration.activate(worker);
    this.registrations.push(registration);
    return registration;
  }

  async getRegistrations(): Promise<FakeRegistration[]> {
    return [...this.registrations];
  }

  /** The registration for a navigation to `url`: that with the longest scope. */
  async getRegistration(url = ""): Promise<FakeRegistration | undefined> {
    const { href } = new URL(url, location.href);
    return this.registrations
      .filter(({ scope }) => href.startsWith(scope))
      .sort((one, other) => other.scope.length - one.scope.length)[0];
  }

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
    public href = "https://app.example.com/notes?tab=2#top",
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
export const recovering = { ...nothing, status: "recovering", signIn: "silent" };
export const ada = {
  ...nothing,
  status: "authenticated",
  user: { sub: "ada-1", name: "Ada Lövelace 🔐" },
  expiresAt: 1,
};
