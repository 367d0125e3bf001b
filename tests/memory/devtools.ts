import { once } from "node:events";
import WebSocket from "ws";
import type { Browser } from "../e2e/engines/browser.js";

interface Message {
  id?: number;
  sessionId?: string;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: { message: string };
}

interface TargetInfo {
  targetId: string;
  type: string;
  url: string;
}

/** Chromium's DevTools protocol, separate from the driver's connection: a driver reaches only pages, this also workers. */
export class DevTools {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  readonly #listeners = new Set<(message: Message) => void>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#take(JSON.parse(String(data)) as Message));
  }

  static async of(browser: Browser): Promise<DevTools> {
    const options = (await browser.driver.getCapabilities()).get("goog:chromeOptions");
    const { debuggerAddress } = options as { debuggerAddress: string };
    const response = await fetch(`http://${debuggerAddress}/json/version`);
    const { webSocketDebuggerUrl } = (await response.json()) as { webSocketDebuggerUrl: string };
    const socket = new WebSocket(webSocketDebuggerUrl, { perMessageDeflate: false });
    await once(socket, "open");
    return new DevTools(socket);
  }

  close(): void {
    this.#socket.close();
  }

  async send<Result>(method: string, params: object = {}, sessionId?: string): Promise<Result> {
    const id = ++this.#lastId;
    const answered = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return (await answered) as Result;
  }

  /**
   * Attaches to the one target of a type on an origin during `use`, and no longer: DevTools retains what it receives, and
   * keeps an attached worker alive.
   */
  async attached<Result>(
    type: string,
    origin: string,
    use: (target: Target) => Promise<Result>,
  ): Promise<Result> {
    const { targetInfos } = await this.send<{ targetInfos: TargetInfo[] }>("Target.getTargets", {
      filter: [{ type }],
    });
    const found = targetInfos.filter(({ url }) => url.startsWith(`${origin}/`));
    const [target] = found;
    if (!target || found.length > 1) throw new Error(`${found.length} targets of type ${type} at ${origin}`);
    const { sessionId } = await this.send<{ sessionId: string }>("Target.attachToTarget", {
      targetId: target.targetId,
      flatten: true,
    });
    try {
      return await use(new Target(this, sessionId));
    } finally {
      await this.send("Target.detachFromTarget", { sessionId });
    }
  }

  /** Calls `listener` with the events of one target until the returned function is called. */
  listen(sessionId: string, listener: (method: string, params: Record<string, unknown>) => void): () => void {
    const filtered = (message: Message) => {
      if (message.sessionId === sessionId && message.method) listener(message.method, message.params ?? {});
    };
    this.#listeners.add(filtered);
    return () => this.#listeners.delete(filtered);
  }

  #take(message: Message): void {
    const waiting = this.#waiting.get(message.id ?? 0);
    if (!waiting) {
      for (const listener of this.#listeners) listener(message);
      return;
    }
    this.#waiting.delete(message.id ?? 0);
    if (message.error) waiting.reject(new Error(message.error.message));
    else waiting.resolve(message.result);
  }
}

/** An attached page or worker. */
export class Target {
  constructor(
    private readonly devtools: DevTools,
    private readonly sessionId: string,
  ) {}

  async send<Result>(method: string, params: object = {}): Promise<Result> {
    return await this.devtools.send<Result>(method, params, this.sessionId);
  }

  listen(listener: (method: string, params: Record<string, unknown>) => void): () => void {
    return this.devtools.listen(this.sessionId, listener);
  }
}
