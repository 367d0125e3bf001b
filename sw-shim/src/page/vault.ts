import { VaultError } from "./errors";
import type { Greeting } from "./greeting";
import { unregistered } from "./registrations";
import type { Session, StandardClaims } from "./session";

/**
 * Options of {@link Vault.login}: where to return, and parameters of the authorization request.
 *
 * @example
 * ```ts
 * import type { LoginOptions, Vault } from "strongroom";
 *
 * const options: LoginOptions = { returnTo: "/notes", identity_provider: "Google", lang: "de" };
 * export const signIn = (vault: Vault) => vault.login(options);
 * ```
 */
export interface LoginOptions {
  /** A path of this app to return to. Default: the current page. */
  returnTo?: string | undefined;
  /** `"login"` asks for credentials again, `"none"` never asks (OpenID Connect Core 3.1.2.1). */
  prompt?: string | undefined;
  /** The user name to suggest (OpenID Connect Core 3.1.2.1). */
  login_hint?: string | undefined;
  /** Asks for credentials again if the last sign-in was more than this many seconds ago (OpenID Connect Core 3.1.2.1). */
  max_age?: number | undefined;
  /**
   * The requested authentication context classes, separated by spaces, such as one with a second factor (OpenID Connect Core 3.1.2.1).
   * The API must verify the claim `acr`: the vault does not.
   */
  acr_values?: string | undefined;
  /** Cognito: the name of an identity provider. The user goes there without seeing Cognito's own page. */
  identity_provider?: string | undefined;
  /** Cognito: the same, by one of the provider's identifiers. */
  idp_identifier?: string | undefined;
  /** Cognito: the language of its pages, for example `"de"`. */
  lang?: string | undefined;
}

/**
 * Session events by type, for logs and metrics. Durations are in milliseconds. Events contain no secrets.
 *
 * @example
 * ```ts
 * import type { Vault } from "strongroom";
 *
 * export function log(vault: Vault): void {
 *   vault.on("renewed", ({ duration }) => console.info(`Token renewed in ${duration} ms`));
 *   vault.on("error", ({ code, description }) => console.warn(code, description));
 * }
 * ```
 */
export interface VaultEvents {
  /** A user signed in. `duration` is that of the code exchange. */
  signin: { duration: number };
  /** The vault renewed the access token. `duration` is that of the token request. */
  renewed: { duration: number };
  /** The vault recovered a lost session. `duration` is how long there was none. */
  recovered: { duration: number };
  /** The session ended, for any reason. */
  signout: Record<string, never>;
  /** There is a new session error: see `Session.error`. */
  error: { code: string; description: string };
}

/**
 * An open vault, the result of `connect()`.
 *
 * @example
 * ```ts
 * import { connect } from "strongroom";
 *
 * const vault = await connect({ worker: "/vault-worker.js" });
 * const stop = vault.subscribe(() => console.log(vault.session.status));
 * document.querySelector("#sign-in")?.addEventListener("click", () => vault.login({ returnTo: "/notes" }));
 * document.querySelector("#sign-out")?.addEventListener("click", () => vault.logout());
 * ```
 */
export interface Vault<Claims = StandardClaims> {
  /** The current session; the same object until it changes. */
  readonly session: Session<Claims>;
  /** Calls `listener` after each change of the session. Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void;
  /** Calls `listener` for each session event of this type, whichever tab caused it. Returns a function that unsubscribes. */
  on<Type extends keyof VaultEvents>(type: Type, listener: (event: VaultEvents[Type]) => void): () => void;
  /** Navigates to the authorization server. If the worker was unregistered, stays on the page and sets `session.error`. */
  login(options?: LoginOptions): void;
  /**
   * Signs the user out in all tabs, revokes the refresh token, and navigates to the authorization server's sign-out URL. Rejects with a
   * {@link VaultError} (`worker_lost`) if the worker does not respond.
   */
  logout(): Promise<void>;
  /**
   * Renews the access token now. Resolves with the session, also if the renewal failed: see `session.error`. Rejects with a
   * {@link VaultError} (`worker_lost`) if the worker does not respond.
   */
  refresh(): Promise<Session<Claims>>;
  /** Stops the updates of `session` and the events. The user stays signed in. */
  close(): void;
}

/**
 * Pause before the event stream is reopened, in milliseconds. A worker ends the stream to make room for its new version, and an
 * immediate request would delay that.
 */
const PAUSE = 1_500;

/** Interval of the check that the worker is still registered, in milliseconds. Browsers have no event for it. */
const CHECK = 5_000;

/** The longest `returnTo` that the worker accepts. */
const LONGEST = 2_048;

const NOBODY = {
  status: "anonymous",
  user: null,
  expiresAt: null,
  renewsAt: null,
  signIn: "offer",
  worker: null,
} as const;

// Captured early, so that script that overwrites it later cannot intercept a sign-out.
const { fetch } = globalThis;

/**
 * Opens a vault that follows the session. Resolves with the first session.
 *
 * @param greeting The worker's.
 * @param isRegistered Whether a navigation to the worker's endpoints would still reach the worker.
 */
export function openVault<Claims>(
  greeting: Pick<Greeting, "basePath" | "vault">,
  isRegistered: () => Promise<boolean>,
): Promise<Vault<Claims>> {
  const { basePath } = greeting;
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
      const before = session?.signIn;
      session = JSON.parse(last);
      if (isMissing) session = withError(session, unregistered());
      resolve(vault);
      tell("session");
      if (session.signIn === "silent" && before !== "silent") {
        const isDue = () => !ended.signal.aborted && session.signIn === "silent";
        const leave = async () => {
          if (await check()) location.replace(loginUrl(basePath, { silent: "1" }));
        };
        // Most pages never need this module. It gets what it needs from here as arguments, because a shared module would be a
        // third file on every page. If a deployment has removed the file, leave at once.
        import("./recovery").then(({ recover }) => recover(leave, isDue, sleep, greeting), leave);
      }
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
      publish();
    };
    const [load] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    const lost = (error: VaultError) => {
      // A page that Chromium loads while it stops the worker has a worker that responds to messages but gets no requests. Only a
      // reload helps. Before the first session, it loses nothing.
      if (!session && load?.type !== "reload") location.reload();
      else update(JSON.stringify(withError(NOBODY, error)));
    };
    follow(
      // Tells a new worker that this page's user signed out.
      () => `${basePath}/events${session ? `?signIn=${session.signIn}` : ""}`,
      (type, data) => (type === "session" ? update(data) : tell(type, JSON.parse(data))),
      lost,
      ended.signal,
    );
  });
}

/** Passes each event to `tell`, and reconnects when a stream ends. Calls `lost` if the response is not the worker's. */
async function follow(
  url: () => string,
  tell: (type: string, data: string) => void,
  lost: (error: VaultError) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const body = fromWorker(await fetch(url(), { signal }), "text/event-stream").body as ReadableStream;
      const reader = body.pipeThrough(new TextDecoderStream()).getReader();
      let buffer = "";
      for (let chunk = await reader.read(); chunk.value; chunk = await reader.read()) {
        buffer += chunk.value;
        // Each event has exactly a type, one line of data and a blank line.
        const events = buffer.split("\n\n");
        buffer = events.pop() as string;
        for (const event of events) tell(...(event.slice(7).split("\ndata: ") as [string, string]));
      }
    } catch (error) {
      if (error instanceof VaultError) lost(error);
    }
    await sleep(PAUSE);
  }
}

/** Resolves after this many milliseconds. */
export function sleep(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function post(url: string): Promise<string> {
  const response = await fetch(url, { method: "POST" }).catch(lost);
  return fromWorker(response, "application/json").text();
}

/** Without the worker, these requests reach the host, which responds with a page. */
function fromWorker(response: Response, type: string): Response {
  return response.ok && response.headers.get("content-type") === type ? response : lost();
}

function lost(cause?: unknown): never {
  throw new VaultError("worker_lost", "The worker no longer responds.", { cause });
}

/** Offers the sign-in that is the next step, because without the worker it may fail. */
function withError<Any extends Pick<Session, "signIn">>(session: Any, { code, message }: VaultError) {
  return { ...session, signIn: session.signIn && ("offer" as const), error: { code, description: message } };
}

/** The login endpoint's URL. Without `returnTo` the worker returns to the app's root. */
function loginUrl(basePath: string, options: LoginOptions & { silent?: string } = {}): string {
  const place = options.returnTo ?? here();
  const returnTo = [place, place?.replace(/[?#].*/s, "")].find((path) => path && path.length <= LONGEST);
  // JSON leaves out what is undefined.
  const query = JSON.parse(JSON.stringify({ ...options, returnTo }));
  return `${basePath}/login?${new URLSearchParams(query)}`;
}

/** The path of this page, unless the worker would refuse it as another host's. */
function here(): string | undefined {
  const path = location.href.slice(location.origin.length).replaceAll("\\", "%5C");
  return path.startsWith("//") ? undefined : path;
}
