import { VaultError } from "./errors";
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
        const response = await fetch(`${basePath}/logout`, { method: "POST" });
        const answer = await fromWorker(response, "application/json").json();
        location.assign(answer.location);
      },
      async refresh() {
        const response = await fetch(`${basePath}/refresh`, { method: "POST" });
        update(await fromWorker(response, "application/json").text());
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
    follow(`${basePath}/events`, update, ended.signal);
  });
}

/** Hands each state of the session to `update`, across the ends of workers and streams. */
async function follow(url: string, update: (session: string) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = fromWorker(await fetch(url, { signal }), "text/event-stream");
      for await (const data of events(response)) update(data);
    } catch (error) {
      if (error instanceof VaultError) update(JSON.stringify(anonymous(error)));
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

/** Without the worker these requests reach the host, which answers them with a page. */
function fromWorker(response: Response, type: string): Response {
  if (response.ok && response.headers.get("content-type") === type) return response;
  throw new VaultError("worker_lost", "The worker no longer answers. Reload the page.");
}

function anonymous({ code, message }: VaultError): Session {
  const error = { code, description: message };
  return { status: "anonymous", user: null, expiresAt: null, renewsAt: null, error, worker: null };
}

function loginQuery(options: LoginOptions): URLSearchParams {
  const query = new URLSearchParams({
    returnTo: options.returnTo ?? location.href.slice(location.origin.length),
  });
  const names = {
    prompt: "prompt",
    loginHint: "login_hint",
    identityProvider: "identity_provider",
    idpIdentifier: "idp_identifier",
    lang: "lang",
  } as const;
  for (const [option, name] of Object.entries(names)) {
    const value = options[option as keyof typeof names];
    if (value !== undefined) query.set(name, value);
  }
  return query;
}
