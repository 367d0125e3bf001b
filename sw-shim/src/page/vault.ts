import { VaultError } from "./errors";
import { unregistered } from "./registrations";
import type { Session, StandardClaims } from "./session";
import { sleep } from "./waiting";

/** Parameters of the authorization request, by their own names. */
export interface LoginOptions {
  /** A path of this app to come back to. Default: the current one. */
  returnTo?: string | undefined;
  /** OpenID Connect Core 3.1.2.1: `"login"` asks for the password again, `"none"` asks nothing. */
  prompt?: string | undefined;
  /** The same section: whom the login page should begin with. */
  login_hint?: string | undefined;
  /** The same section: how many seconds ago the user may have signed in at most. If it is longer, they are asked again. */
  max_age?: number | undefined;
  /** The same section: the authentication context classes to reach, such as one with a second factor, separated by spaces. */
  acr_values?: string | undefined;
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
  /** Leaves this page for the authorization server. Stays, and says so in `session.error`, if the worker was unregistered. */
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

/** Between two looks at whether the worker is still registered, in milliseconds: no event tells a page. */
const CHECK = 5_000;

/** The longest `returnTo` that the worker accepts. */
const LONGEST = 2_048;

const NOBODY = { status: "anonymous", user: null, expiresAt: null, renewsAt: null, worker: null };

// As the browser made it: script that overwrites it later cannot keep a sign-out from the worker.
const { fetch } = globalThis;

/**
 * A vault that follows the session; resolves with the first word of it.
 *
 * @param isRegistered whether the browser would still give the worker a navigation to its endpoints.
 */
export function openVault<Claims>(
  basePath: string,
  isRegistered: () => Promise<boolean>,
): Promise<Vault<Claims>> {
  return new Promise((resolve) => {
    const listeners = new Set<[type: string, listener: (event: never) => void]>();
    const ended = new AbortController();
    let last = "";
    let isMissing = false;
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
      async login(options) {
        if (await check()) location.assign(loginUrl(basePath, options));
      },
      async logout() {
        location.assign(JSON.parse(await post(`${basePath}/logout`)).location);
      },
      async refresh() {
        update(await post(`${basePath}/refresh`));
        return session;
      },
      close() {
        ended.abort();
        clearInterval(checking);
      },
    };
    const tell = (type: string, event?: unknown) => {
      for (const [wanted, listener] of listeners) if (wanted === type) listener(event as never);
    };
    const publish = () => {
      session = JSON.parse(last);
      if (isMissing) session = withError(session, unregistered());
      resolve(vault);
      tell("session");
    };
    const check = async () => {
      const isGone = !(await isRegistered().catch(() => true));
      if (isGone !== isMissing && session) {
        isMissing = isGone;
        publish();
      }
      return !isGone;
    };
    const checking = setInterval(check, CHECK);
    const update = (text: string) => {
      if (text === last) return;
      last = text;
      const before = session?.status;
      publish();
      if (session.status === "recovering" && before !== "recovering") {
        const isRecovering = () => !ended.signal.aborted && session.status === "recovering";
        const leave = async () => {
          if (await check()) location.replace(loginUrl(basePath, { silent: "1" }));
        };
        // Loaded when it is needed, which on most pages is never. What it needs of this file's is handed over: shared modules
        // would be a third file of every page. A file that is gone with the deployment before is a reason to leave, too.
        import("./recovery").then(({ recover }) => recover(leave, isRecovering, sleep), leave);
      }
    };
    const [load] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    const lost = (error: VaultError) => {
      // A page that Chromium loads while it stops the worker has a worker that answers messages and is shown no request.
      // Only loading it again helps, and nothing is lost by that before the first word of the session.
      if (!session && load?.type !== "reload") location.reload();
      else update(JSON.stringify(withError(NOBODY, error)));
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

/** The user decides about signing in: where the worker is out of reach, it may lead nowhere. */
function withError<Any extends { status: string }>(session: Any, { code, message }: VaultError) {
  const signIn = session.status === "authenticated" ? (null as null) : ("offer" as const);
  return { ...session, signIn, error: { code, description: message } };
}

/** The login endpoint's URL. Without a `returnTo` the worker leads back to the app's root. */
function loginUrl(basePath: string, options: LoginOptions & { silent?: string } = {}): string {
  const place = options.returnTo ?? here();
  const returnTo = [place, place?.replace(/[?#].*/s, "")].find((path) => path && path.length <= LONGEST);
  // JSON leaves out what is undefined.
  const query = JSON.parse(JSON.stringify({ ...options, returnTo }));
  return `${basePath}/login?${new URLSearchParams(query)}`;
}

/** This page as a path to come back to, unless the worker would take it for another host's. */
function here(): string | undefined {
  const path = location.href.slice(location.origin.length).replaceAll("\\", "%5C");
  return path.startsWith("//") ? undefined : path;
}
