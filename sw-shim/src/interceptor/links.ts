import { Link } from "./link";
import type { ProblemCode } from "./problem";

/** How long a request waits for a relay, in milliseconds. */
const TIMEOUT = 10_000;

/** How many requests may wait. */
const MOST_WAITING = 256;

/** What asks a page for a port, and what it sends the port with. */
const PORT = "strongroom:port";

/** The relays of the app's pages, by the page's client ID. Each page brings its own. */
export class Links {
  readonly #clients: Clients;
  readonly #links = new Map<string, Link>();
  /** The pages that were asked for a port and have not sent one. */
  readonly #asked = new Set<string>();
  #waiting = 0;
  #notify = () => {};
  #change = this.#nextChange();

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /** Handles a message of a page: a port to its relay, or none if its frame is gone. */
  receive({ data, source, ports: [port] }: ExtendableMessageEvent): void {
    if (data !== PORT || !(source && "id" in source)) return;
    this.#links.get(source.id)?.close();
    this.#asked.delete(source.id);
    if (port) this.#links.set(source.id, new Link(port, () => this.#changed()));
    this.#changed();
    for (const [id, link] of this.#links) {
      this.#clients.get(id).then((client) => client || this.#remove(id, link));
    }
  }

  /** The client's own relay, if it is ready. */
  own(client: string): Link | undefined {
    const link = this.#links.get(client);
    return link?.state === "ready" ? link : undefined;
  }

  /** Ends the event streams. */
  drain(): void {
    for (const link of this.#links.values()) link.drain();
  }

  /** Waits for a relay that `client` may use: a page its own, anything else that of any page. */
  async find(client: string): Promise<Link | ProblemCode> {
    if (this.#waiting === MOST_WAITING) return "frame_missing";
    this.#waiting++;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<"timeout">((resolve) => {
      timer = setTimeout(resolve, TIMEOUT, "timeout");
    });
    try {
      return await this.#wait(client, timeout);
    } finally {
      this.#waiting--;
      clearTimeout(timer);
    }
  }

  async #wait(client: string, timeout: Promise<"timeout">): Promise<Link | ProblemCode> {
    for (let problem: ProblemCode = "frame_missing"; ; ) {
      const change = this.#change;
      const pages = await this.#pages(client);
      if (!pages.length) return "page_missing";
      const links = pages.flatMap(({ id }) => this.#links.get(id) ?? []);
      const ready = links.find(({ state }) => state === "ready");
      if (ready) return ready;
      if (links.some(({ state }) => state === "pending")) problem = "vault_unreachable";
      else if (problem === "vault_unreachable") return problem;
      else this.#ask(pages);
      if ((await Promise.race([change, timeout])) !== "timeout") continue;
      // Forget these pages, so that the next request asks them again.
      for (const { id } of pages) this.#remove(id, this.#links.get(id));
      return problem;
    }
  }

  /** The pages whose relay `client` may use. A page in a frame may have none of its own. The last one used comes first. */
  async #pages(client: string): Promise<readonly WindowClient[]> {
    const own = client ? await this.#clients.get(client) : undefined;
    const isPage = own?.type === "window" && own.frameType !== "nested";
    return isPage ? [own as WindowClient] : this.#clients.matchAll({ type: "window" });
  }

  #ask(pages: readonly WindowClient[]): void {
    for (const page of pages) {
      if (this.#asked.has(page.id)) continue;
      this.#asked.add(page.id);
      page.postMessage(PORT);
    }
  }

  #remove(id: string, link: Link | undefined): void {
    this.#asked.delete(id);
    if (!link || this.#links.get(id) !== link) return;
    this.#links.delete(id);
    link.close();
  }

  #changed(): void {
    for (const [id, { state }] of this.#links) if (state === "closed") this.#links.delete(id);
    this.#notify();
    this.#change = this.#nextChange();
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#notify = resolve;
    });
  }
}
