import type { Network, Received } from "./network";
import { Policies } from "./policies";

/** Why a host could not be judged. */
export type CheckHeadersErrorCode = "unreachable" | "not_the_app" | "other_origin";

/** The host could not be judged: what it sends is unknown, not right. */
export class CheckHeadersError extends Error {
  override readonly name = "CheckHeadersError";

  constructor(
    /**
     * - `unreachable`: there was no answer from `url`.
     * - `not_the_app`: the answer was not a page.
     * - `other_origin`: it redirects to another origin, which is the one to check.
     */
    readonly code: CheckHeadersErrorCode,
    message: string,
    /** What was asked for. */
    readonly url: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** One response of the host, its redirect not followed. */
export interface Answer extends Received {
  policies: Policies;
}

export function isRedirect({ status }: Answer): boolean {
  return status >= 300 && status < 400;
}

/** What a browser sends along with a navigation, and with the request for a worker's script. */
const REQUEST_HEADERS = {
  page: {
    accept: "text/html,application/xhtml+xml,*/*;q=0.8",
    // Another site's: a host that lets every site read its responses, or whoever asks, shows it only then.
    origin: "https://attacker.example",
  },
  worker: { accept: "*/*", "service-worker": "script" },
};

const MOST_REDIRECTS = 10;

/** Requests to the host that is checked. */
export class Host {
  readonly #network: Network;
  readonly #signal: AbortSignal | undefined;

  constructor(network: Network, signal?: AbortSignal) {
    this.#network = network;
    this.#signal = signal;
  }

  async ask(url: URL, kind: keyof typeof REQUEST_HEADERS): Promise<Answer> {
    try {
      return await this.#send(url, REQUEST_HEADERS[kind]);
    } catch (cause) {
      this.#signal?.throwIfAborted();
      throw new CheckHeadersError(
        "unreachable",
        `${url} did not answer. Is it deployed, and can this machine reach it?`,
        url.href,
        { cause },
      );
    }
  }

  /** A request that a host refuses: with a page, or by closing the connection, which leaves no document. */
  async provoke(url: URL, headers: Record<string, string>): Promise<Answer | undefined> {
    try {
      return await this.#send(url, { ...REQUEST_HEADERS.page, ...headers });
    } catch {
      this.#signal?.throwIfAborted();
      return undefined;
    }
  }

  async #send(url: URL, headers: Record<string, string>): Promise<Answer> {
    const received = await this.#network.send(url, { headers });
    return { ...received, policies: new Policies(received.headers) };
  }
}

/** The app's page, after redirects on its own host. */
export async function askForApp(start: URL, host: Host): Promise<Answer> {
  let url = start;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await host.ask(url, "page");
    const location = answer.headers.get("location");
    if (!isRedirect(answer) || location === null) return mustBePage(answer);
    url = sameHost(url, location);
  }
  throw new CheckHeadersError("not_the_app", `${start} redirects without end.`, start.href);
}

function sameHost(from: URL, location: string): URL {
  if (!URL.canParse(location, from)) {
    throw new CheckHeadersError(
      "not_the_app",
      `${from} redirects to ${location}, which is not a URL.`,
      from.href,
    );
  }
  const to = new URL(location, from);
  if (to.origin === from.origin) return to;
  if (from.protocol === "http:" && to.protocol === "https:" && to.hostname === from.hostname) return to;
  throw new CheckHeadersError(
    "other_origin",
    `${from} redirects to ${to.origin}. If that is where the app lives, check that.`,
    from.href,
  );
}

function mustBePage(answer: Answer): Answer {
  const { status, headers, url } = answer;
  const type = headers.get("content-type");
  if (status === 200 && /^text\/html\b|^application\/xhtml\+xml\b/i.test(type ?? "")) return answer;
  throw new CheckHeadersError(
    "not_the_app",
    `${url} answered ${status} with the type ${type ?? "(none)"}, which is not the app's page. ` +
      "If the host requires a sign-in, pass its header in `requestHeaders`. It is sent to the origin that you name, not to where that redirects.",
    url.href,
  );
}
