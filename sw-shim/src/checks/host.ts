import type { Network, Received } from "./network";
import { Policies } from "./policies";

/**
 * The stable codes of a {@link CheckHeadersError}.
 *
 * @example
 * ```ts
 * import type { CheckHeadersErrorCode } from "strongroom/check-headers";
 *
 * export const shouldRetry = (code: CheckHeadersErrorCode) => code === "unreachable";
 * ```
 */
export type CheckHeadersErrorCode = "unreachable" | "not_the_app" | "other_origin";

/**
 * Thrown by `checkHeaders` if the host cannot be checked. Treat it as a failure: nothing is known about the headers.
 *
 * @example
 * ```ts
 * import { CheckHeadersError, checkHeaders } from "strongroom/check-headers";
 *
 * const findings = await checkHeaders("https://app.example.com/").catch((error) => {
 *   if (error instanceof CheckHeadersError) console.error(error.code, error.message);
 *   throw error;
 * });
 * ```
 */
export class CheckHeadersError extends Error {
  override readonly name = "CheckHeadersError";

  constructor(
    /**
     * - `unreachable`: `url` did not respond.
     * - `not_the_app`: the response is not an HTML page.
     * - `other_origin`: `url` redirects to another origin. Check that one.
     */
    readonly code: CheckHeadersErrorCode,
    message: string,
    /** The URL that was requested. */
    readonly url: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** One response of the host, its redirect not followed. */
export interface HostResponse extends Received {
  policies: Policies;
}

export function isRedirect({ status }: HostResponse): boolean {
  return status >= 300 && status < 400;
}

/** What a browser sends with a navigation, and with the request for a worker script. */
const REQUEST_HEADERS = {
  page: {
    accept: "text/html,application/xhtml+xml,*/*;q=0.8",
    // Of another site: some hosts send CORS headers only if there is an origin.
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

  async ask(url: URL, kind: keyof typeof REQUEST_HEADERS): Promise<HostResponse> {
    try {
      return await this.#send(url, REQUEST_HEADERS[kind]);
    } catch (cause) {
      this.#signal?.throwIfAborted();
      throw new CheckHeadersError(
        "unreachable",
        `${url} did not respond. Check that the app is deployed and that this machine can reach it.`,
        url.href,
        { cause },
      );
    }
  }

  /** Sends a request that a host refuses: with a page, or by closing the connection. */
  async provoke(url: URL, headers: Record<string, string>): Promise<HostResponse | undefined> {
    try {
      return await this.#send(url, { ...REQUEST_HEADERS.page, ...headers });
    } catch {
      this.#signal?.throwIfAborted();
      return undefined;
    }
  }

  async #send(url: URL, headers: Record<string, string>): Promise<HostResponse> {
    const received = await this.#network.send(url, { headers });
    return { ...received, policies: new Policies(received.headers) };
  }
}

/** The app's page, after redirects on its own host. */
export async function askForApp(start: URL, host: Host): Promise<HostResponse> {
  let url = start;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await host.ask(url, "page");
    const location = response.headers.get("location");
    if (!isRedirect(response) || location === null) return mustBePage(response);
    url = sameHost(url, location);
  }
  throw new CheckHeadersError(
    "not_the_app",
    `${start} redirects more than ${MOST_REDIRECTS} times.`,
    start.href,
  );
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
    `${from} redirects to ${to.origin}. If the app is there, check that origin.`,
    from.href,
  );
}

function mustBePage(response: HostResponse): HostResponse {
  const { status, headers, url } = response;
  const type = headers.get("content-type");
  if (status === 200 && /^text\/html\b|^application\/xhtml\+xml\b/i.test(type ?? "")) return response;
  throw new CheckHeadersError(
    "not_the_app",
    `${url} responded with status ${status} and the type ${type ?? "(none)"}, not with the app's page. ` +
      "If the host requires a sign-in, pass its header: `requestHeaders`, or --header. It goes only to the origin of the URL that you pass.",
    url.href,
  );
}
