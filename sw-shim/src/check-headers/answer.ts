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

/** One answer of the host, its redirect not followed. */
export interface Answer {
  url: URL;
  status: number;
  headers: Headers;
  policies: Policies;
  body: string;
}

export function isRedirect({ status }: Answer): boolean {
  return status >= 300 && status < 400;
}

export interface AskOptions {
  requestHeaders?: Record<string, string>;
  signal?: AbortSignal;
}

/** What a browser sends along with a navigation, and with the request for a worker's script. */
const REQUEST_HEADERS = {
  page: {
    accept: "text/html,application/xhtml+xml,*/*;q=0.8",
    // Somebody else's: a host that allows every site to read, or whoever asks, shows it only then.
    origin: "https://attacker.example",
  },
  worker: { accept: "*/*", "service-worker": "script" },
};

const TIMEOUT_MS = 30_000;
const MOST_REDIRECTS = 10;

export async function ask(
  url: URL,
  kind: keyof typeof REQUEST_HEADERS,
  { requestHeaders, signal }: AskOptions,
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      redirect: "manual",
      headers: { ...REQUEST_HEADERS[kind], ...requestHeaders },
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
    });
    const { status, headers } = response;
    return { url, status, headers, policies: new Policies(headers), body: await response.text() };
  } catch (cause) {
    signal?.throwIfAborted();
    throw new CheckHeadersError(
      "unreachable",
      `${url} did not answer. Is it deployed, and can this machine reach it?`,
      url.href,
      { cause },
    );
  }
}

/** The app's page, after redirects on its own host. */
export async function askForApp(start: string | URL, options: AskOptions): Promise<Answer> {
  let url = new URL(start);
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`checkHeaders: ${url} is no http(s) URL.`);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await ask(url, "page", options);
    const location = answer.headers.get("location");
    if (!isRedirect(answer) || location === null) return mustBePage(answer);
    url = sameHost(url, new URL(location, url));
  }
  throw new CheckHeadersError("not_the_app", `${start} redirects without end.`, String(start));
}

function sameHost(from: URL, to: URL): URL {
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
      "If the host wants to know who asks, pass it in `requestHeaders`.",
    url.href,
  );
}
