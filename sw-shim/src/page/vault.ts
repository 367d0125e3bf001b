import { VaultError } from "./errors";
import { here } from "./here";
import type { Session, StandardClaims } from "./session";
import { happens, sleep } from "./waiting";

/** Parameters of the authorization request, by their own names. */
export interface LoginOptions {
  /** A path of this app to come back to. Default: the current one. */
  returnTo?: string | undefined;
  /** OpenID Connect Core 3.1.2.1: `"login"` asks for the password again, `"none"` asks nothing. */
  prompt?: string | undefined;
  /** The same section: whom the login page should begin with. */
  login_hint?: string | undefined;
  /** Cognito: skip its own page and go to this identity provider. */
  identity_provider?: string | undefined;
  /** Cognito: the same by the provider's identifier. */
  idp_identifier?: string | undefined;
  /** Cognito: the language of its pages. */
  lang?: string | undefined;
}

/** What happens to the session, for logs and metrics. Durations are in milliseconds. Nothing in it is a secret. */
export interface VaultEvents {
  /** Somebody signed in; how long the exchange of the code took. */
  signin: { duration: number };
  /** The access token was renewed; how long the authorization server took. */
  renewed: { duration: number };
  /** A worker that had lost the session has it again; how long it was without. */
  recovered: { duration: number };
  /** The session is over, by whatever cause. */
  signout: Record<string, never>;
  /** The session's error is another one: see `Session.error`. */
  error: { code: string; description: string };
}

/** An open vault, as `connect()` gives it. */
export interface Vault<Claims = StandardClaims> {
  /** The session now; the same object until it changes. */
  readonly session: Session<Claims>;
  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** Calls `listener` each time that happens, in whatever tab it was caused, until the returned function is called. */
  on<Type extends keyof VaultEvents>(type: Type, listener: (event: VaultEvents[Type]) => void): () => void;
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

const NOBODY = {
  status: "anonymous",
  user: null,
  expiresAt: null,
  renewsAt: null,
  signIn: "offer",
  worker: null,
};

/** A vault that follows the session; resolves with the first word of it. */
export function openVault<Claims>(basePath: string): Promise<Vault<Claims>> {
  return new Promise((resolve) => {
    const listeners = new Set<[type: string, listener: (event: never) => void]>();
    const ended = new AbortController();
    let last = "";
    let session: Session<Claims>;

    const vault: Vault<Claims> = {
      get session() {
        return session;
      },
      subscribe: (listener) => vault.on("session" as never, listener),
      on(type, listener) {
        const entry: [string, typeof listener] = [type, listener];
        listeners.add(entry);
        return () => listeners.delete(entry);
      },
      login(options) {
        location.assign(loginUrl(basePath, options));
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
    const tell = (type: string, event?: unknown) => {
      for (const [wanted, listener] of listeners) if (wanted === type) listener(event as never);
    };
    const update = (text: string) => {
      if (text === last) return;
      last = text;
      const before = session?.status;
      session = JSON.parse(text);
      resolve(vault);
      tell("session");
      if (session.status === "recovering" && before !== "recovering") {
        const isRecovering = () => !ended.signal.aborted && session.status === "recovering";
        const url = () => loginUrl(basePath, { silent: "1" });
        // Loaded when it is needed, which on most pages is never. What it needs of this file's is handed over: shared modules
        // would be a third file of every page. A file that is gone with the deployment before is a reason to leave, too.
        import("./recovery").then(
          ({ recover }) => recover(url, isRecovering, { sleep, happens }),
          () => location.replace(url()),
        );
      }
    };
    const [load] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    const lost = ({ code, message }: VaultError) => {
      // A page that Chromium loads while it stops the worker has a worker that answers messages and is shown no request.
      // Only loading it again helps, and nothing is lost by that before the first word of the session.
      if (!session && load?.type !== "reload") location.reload();
      else update(JSON.stringify({ ...NOBODY, error: { code, description: message } }));
    };
    follow(
      // A new worker does not know that this page's user signed out.
      () => `${basePath}/events${session ? `?signIn=${session.signIn}` : ""}`,
      (type, data) => (type === "session" ? update(data) : tell(type, JSON.parse(data))),
      lost,
      ended.signal,
    );
  });
}

/** Hands each event to `tell`, across the ends of workers and streams, and to `lost` what is no worker's. */
async function follow(
  url: () => string,
  tell: (type: string, data: string) => void,
  lost: (error: VaultError) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = fromWorker(await fetch(url(), { signal }), "text/event-stream");
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      let buffer = "";
      for (let chunk = await reader?.read(); chunk?.value; chunk = await reader?.read()) {
        buffer += chunk.value;
        // The vault writes a type, one line of data and a blank line, nothing else.
        const events = buffer.split("\n\n");
        buffer = events.pop() ?? "";
        for (const event of events) tell(...(event.slice(7).split("\ndata: ") as [string, string]));
      }
    } catch (error) {
      if (error instanceof VaultError) lost(error);
    }
    await sleep(PAUSE);
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

function loginUrl(basePath: string, options: LoginOptions & { silent?: string } = {}): string {
  // JSON leaves out what is undefined.
  const query = JSON.parse(JSON.stringify({ ...options, returnTo: options.returnTo ?? here() }));
  return `${basePath}/login?${new URLSearchParams(query)}`;
}
