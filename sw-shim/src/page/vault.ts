import { VaultError } from "./errors";
import { here } from "./here";
import { type Recovery, recover } from "./recovery";
import type { Session, StandardClaims } from "./session";

export interface LoginOptions {
  /** A path of this app to come back to. Default: the current one. */
  returnTo?: string;
  /** OpenID Connect Core 3.1.2.1: `"login"` asks for the password again, `"none"` asks nothing. */
  prompt?: string;
  loginHint?: string;
  /** Cognito: skip its own page and go to this identity provider. */
  identityProvider?: string;
  /** Cognito: the same by the provider's identifier. */
  idpIdentifier?: string;
  /** Cognito: the language of its pages. */
  lang?: string;
}

export interface Vault<Claims = StandardClaims> {
  /** The session now; the same object until it changes. */
  readonly session: Session<Claims>;
  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** Leaves this page for the authorization server. */
  login(options?: LoginOptions): void;
  /** Wipes the session, revokes the refresh token, and leaves for the authorization server's own sign-out. */
  logout(): Promise<void>;
  /** Renews the access token now, and resolves with the session as it is then. */
  refresh(): Promise<Session<Claims>>;
  /** Stops following the session. The session itself stays. */
  close(): void;
}

/**
 * Between two requests for the session's events, in milliseconds. A worker ends a stream to make room for its new
 * version, and a request that came at once would hold that up.
 */
const PAUSE = 1_500;

/** A vault that follows the session; resolves with the first word of it. */
export function openVault<Claims>(basePath: string, recovery: Recovery): Promise<Vault<Claims>> {
  return new Promise((resolve) => {
    const listeners = new Set<() => void>();
    const ended = new AbortController();
    let last = "";
    let session: Session<Claims>;

    const vault: Vault<Claims> = {
      get session() {
        return session;
      },
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      login(options = {}) {
        location.assign(`${basePath}/login?${loginQuery(options)}`);
      },
      async logout() {
        location.assign(JSON.parse(await post(`${basePath}/logout`)).location);
      },
      async refresh() {
        update(await post(`${basePath}/refresh`));
        return session;
      },
      close: () => ended.abort(),
    };
    const update = (text: string) => {
      if (text === last) return;
      last = text;
      const before = session?.status;
      session = JSON.parse(text);
      resolve(vault);
      for (const listener of listeners) listener();
      if (session.status === "recovering" && before !== "recovering") {
        recover(basePath, recovery, () => !ended.signal.aborted && session.status === "recovering");
      }
    };
    const [load] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    const lost = (error: VaultError) => {
      // A page that Chromium loads while it stops the worker has a worker that answers messages and is shown no request.
      // Only loading it again helps, and nothing is lost by that before the first word of the session.
      if (!session && load?.type !== "reload") location.reload();
      else update(JSON.stringify(anonymous(error)));
    };
    follow(`${basePath}/events`, update, lost, ended.signal);
  });
}

/** Hands each state of the session to `update`, across the ends of workers and streams, and to `lost` what is no worker's. */
async function follow(
  url: string,
  update: (session: string) => void,
  lost: (error: VaultError) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = fromWorker(await fetch(url, { signal }), "text/event-stream");
      for await (const data of events(response)) update(data);
    } catch (error) {
      if (error instanceof VaultError) lost(error);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/** The data of each server-sent event. The vault writes one line of data and a blank line, nothing else. */
async function* events(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (let chunk = await reader?.read(); chunk?.value !== undefined; chunk = await reader?.read()) {
    const parts = (buffer + chunk.value).split("\n\n");
    buffer = parts.pop() ?? "";
    for (const part of parts) yield part.slice(part.indexOf("\ndata: ") + 7);
  }
}

async function post(url: string): Promise<string> {
  const response = await fetch(url, { method: "POST" }).catch(lost);
  return fromWorker(response, "application/json").text();
}

/** Without the worker these requests reach the host, which answers them with a page. */
function fromWorker(response: Response, type: string): Response {
  return response.ok && response.headers.get("content-type") === type ? response : lost();
}

function lost(cause?: unknown): never {
  throw new VaultError("worker_lost", "The worker no longer answers.", { cause });
}

function anonymous({ code, message }: VaultError): Session {
  const error = { code, description: message };
  return { status: "anonymous", user: null, expiresAt: null, renewsAt: null, error, worker: null };
}

/** The endpoint knows the options by the names of OpenID Connect and of Cognito: `loginHint` as `login_hint`. */
function loginQuery({ returnTo = here(), ...options }: LoginOptions): URLSearchParams {
  const query = new URLSearchParams({ returnTo });
  for (const [option, value] of Object.entries(options)) {
    if (value !== undefined)
      query.set(
        option.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`),
        value,
      );
  }
  return query;
}
