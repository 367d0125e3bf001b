import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { SessionStatus } from "strongroom";
import type { Hold } from "../../dev-provider/src/endpoint-control.js";
import type { User } from "../../dev-provider/src/users.js";
import type {} from "./app/main.js";
import type { Browser } from "./engines/browser.js";
import { type Fetched, Page, type Servers, type Session } from "./page.js";

// On `window`: in Firefox a driver's script has a global object of its own, which ends with it.
declare global {
  /** Requests of this document by {@link ClientPage.begin}. */
  var begun: Record<string, Promise<Outcome>>;
}

/** The outcome of such a request. */
interface Outcome extends Fetched {
  retryAfter: string | null;
}

const source = fileURLToPath(new URL("app", import.meta.url));

/**
 * Builds the app of the scenarios as a bundler would and returns the folder. Runs go on side by side: each has its own.
 *
 * @param banner script that runs before the client's module
 * @param main the client's module
 */
export async function buildClientApp(
  run: string,
  banner = "",
  main = join(source, "main.ts"),
): Promise<string> {
  const folder = fileURLToPath(new URL(`../artifacts/client-app-${run}`, import.meta.url));
  await cp(source, folder, { recursive: true, filter: (path) => !path.endsWith(".ts") });
  await build({
    entryPoints: [main],
    outfile: join(folder, "main.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    banner: { js: banner },
  });
  return folder;
}

export interface ClientPageOptions {
  /** The folder of the app on its host. Default: `/`. */
  base?: string;
  /** Connects again whenever a navigation of the scenario ends at the app. */
  reconnects?: boolean;
}

/** A page of `app`, which a test connects, and which signs in by the URL of `/auth/login`. */
export class ClientPage extends Page {
  readonly #base: string;
  readonly #reconnects: boolean;

  constructor(
    browser: Browser,
    servers: Servers,
    { base = "/", reconnects = false }: ClientPageOptions = {},
  ) {
    super(browser, servers);
    this.#base = base;
    this.#reconnects = reconnects || this.vault !== undefined;
  }

  override async open(path = "/"): Promise<void> {
    await super.open(this.#base + path.slice(1));
  }

  /** Opens a page and connects it. */
  override async openConnected(path = "/"): Promise<SessionStatus> {
    await this.open(path);
    return await this.waitForConnection();
  }

  /** Registers the worker without the client, and opens a page that the worker controls. */
  async openRegistered(path = "/"): Promise<void> {
    if (this.vault) return void (await this.openConnected(path));
    await this.open();
    await this.browser.evaluate(() => registerVault());
    await this.openControlled(path);
  }

  override async openControlled(path = "/"): Promise<void> {
    await super.openControlled(path);
    if (this.vault) await this.waitForConnection();
  }

  /** Opens a connected page in a new tab. Returns the tab. */
  async openInNewTab(path = "/"): Promise<string> {
    const tab = await this.browser.newTab();
    await this.openConnected(path);
    return tab;
  }

  /** Opens a page in a new tab, where the worker controls it and it has no keeper. Returns the tab. */
  async openWithoutVault(path = "/"): Promise<string> {
    const tab = await this.browser.newTab();
    await this.openControlled(path);
    return tab;
  }

  /** Calls `connect()` in this document. Throws what it rejects with. */
  async connect(options: { scope?: string } = {}): Promise<Pick<Session, "status" | "error">> {
    await this.browser.waitFor("the app's module", () =>
      this.browser.evaluate(() => typeof connectVault === "function"),
    );
    return await this.browser.evaluate(
      async (worker, options) => {
        const { status, error } = (await connectVault({ worker, ...options })).session;
        return { status, error };
      },
      this.#worker,
      options,
    );
  }

  /** Connects this document, unless it is connected. A silent redirect may replace the document meanwhile. */
  override async waitForConnection(): Promise<SessionStatus> {
    return await this.browser.waitFor("the page to be connected", () =>
      this.browser.evaluate(async (worker) => {
        if (typeof connectVault !== "function") return null;
        if (!globalThis.vault) await connectVault({ worker });
        return vault.session.status;
      }, this.#worker),
    );
  }

  /** Waits until the browser is back at the app, and calls `connect()` without waiting for its end. */
  async beginToConnect(): Promise<void> {
    await this.browser.waitFor("the app's module", () =>
      this.browser.evaluate((worker) => {
        if (typeof connectVault !== "function") return false;
        connectVault({ worker }).catch(() => {});
        return true;
      }, this.#worker),
    );
  }

  /** Signs in by the URL of `/auth/login`, and waits until the browser is back at the app. */
  override async signIn(user: Pick<User, "username" | "password">, returnTo?: string): Promise<void> {
    await this.startSignIn(returnTo);
    await this.login.submit(user);
    await this.waitToBeBack();
  }

  /**
   * Goes to `/auth/login` and waits for the authorization server's form. In Chromium a page that reconnects waits for its
   * keeper first: of 729 pages that left at once, 2 came back to a shared worker that sent no request.
   */
  override async startSignIn(returnTo = this.#base): Promise<void> {
    if (this.#reconnects && !this.vault && this.browser.engine === "chromium")
      await this.waitForConnectedKeeper();
    await this.#goToLogin(returnTo);
    await this.login.waitForForm();
  }

  /** Calls `vault.login()` in the page, and waits for the authorization server's form. */
  async startSignInByClient(returnTo?: string): Promise<void> {
    // After the driver's command has ended, because a driver waits for a navigation that has begun.
    await this.browser.evaluate(
      (returnTo) => void setTimeout(() => vault.login(returnTo === null ? {} : { returnTo }), 50),
      returnTo ?? null,
    );
    await this.login.waitForForm();
  }

  /** Signs in while the authorization server knows the browser: there is no form, only redirects. */
  async signInAgain(returnTo = this.#base): Promise<void> {
    await this.#goToLogin(returnTo);
    await this.waitToBeBack();
  }

  /** Waits until the browser shows the app. */
  async waitToBeBack(): Promise<void> {
    await this.browser.waitFor("the browser to be back at the app", () =>
      this.browser.evaluate(
        (origin) => location.origin === origin && document.readyState === "complete",
        this.origin,
      ),
    );
    if (this.#reconnects) await this.waitForConnection();
  }

  /** Waits until the browser shows the app's page with this path, decoded. */
  async waitForUrl(path: string): Promise<void> {
    await this.browser.waitFor(`the page ${path}`, async () => {
      const url = decodeURI(await this.browser.url());
      if (url !== this.origin + this.#base + path.slice(1)) throw new Error(`it is ${url}`);
      return true;
    });
  }

  /** Submits the login form and does not wait for the navigation, as a driver's click does. */
  async submitWithoutWaiting({ username, password }: Pick<User, "username" | "password">): Promise<void> {
    await this.browser.evaluate(
      (username, password) => {
        const field = (name: string) => document.querySelector<HTMLInputElement>(`input[name="${name}"]`);
        const [name, secret] = [field("username"), field("password")];
        if (name) name.value = username;
        if (secret) secret.value = password;
        // After the driver's command has ended, because it waits for a navigation that has begun.
        setTimeout(() => document.querySelector<HTMLElement>('button[value="sign-in"]')?.click(), 300);
      },
      username,
      password,
    );
  }

  /** Submits the login form, and waits until the worker has asked for the tokens, which `hold` holds back. */
  async submitUntilExchange(user: Pick<User, "username" | "password">, hold: Hold): Promise<void> {
    await this.submitWithoutWaiting(user);
    // On a vault origin, the frame of the page exchanges the code.
    if (this.vault) await this.beginToConnect();
    await hold.arrived;
  }

  /** The status in the page's client. */
  async status(): Promise<string> {
    return await this.browser.evaluate(() => vault.session.status);
  }

  /** Waits until the page's client has this status. A recovery may replace the document meanwhile. */
  override async waitForStatus(status: SessionStatus): Promise<void> {
    await this.waitFor(
      `the session to be ${status}`,
      async () => (await this.waitForConnection()) === status,
    );
  }

  /** Waits until the page is back from a silent redirect, in a document that found the session from the start. */
  async waitToBeRecovered(): Promise<void> {
    await this.waitFor("the session to be there from the start", async () => {
      await this.waitForConnection();
      // A keeper that connects is a change too, and changes no status.
      const statuses = [...(await this.statuses()), await this.status()];
      return statuses.every((status) => status === "authenticated");
    });
  }

  /** Every status since the page was connected, each change once. */
  async statuses(): Promise<string[]> {
    const all = await this.browser.evaluate(() => vaultChanges);
    return all.filter((status, index) => status !== all[index - 1]);
  }

  /** {@link Browser.waitFor} with twice the timeout. */
  async waitFor(what: string, condition: () => Promise<boolean>): Promise<void> {
    await this.browser.waitFor(what, condition, 30_000);
  }

  /** Begins a request and does not wait for it. */
  async begin(name: string, url: string, init: Parameters<Page["fetch"]>[1] = {}): Promise<void> {
    await this.browser.evaluate(
      (name, url, init) => {
        window.begun ??= {};
        window.begun[name] = fetch(url, init as RequestInit).then(
          async (response) => ({
            status: response.status,
            type: response.type,
            contentType: response.headers.get("content-type"),
            retryAfter: response.headers.get("retry-after"),
            text: await response.text().catch((error) => `broke: ${error}`),
          }),
          (error) => ({ status: 0, type: "error", contentType: null, retryAfter: null, text: String(error) }),
        );
      },
      name,
      url,
      init,
    );
  }

  /** The outcome of a request that was begun. Its `status` is 0 if the browser gave it up. */
  async outcome(name: string): Promise<Outcome> {
    return await this.browser.evaluate(async (name) => {
      const outcome = await window.begun[name];
      if (!outcome) throw new Error(`${name} was not begun in this document`);
      return outcome;
    }, name);
  }

  get #worker(): string {
    return `${this.#base}vault-worker.js`;
  }

  async #goToLogin(returnTo: string): Promise<void> {
    await this.browser.goto(`${this.origin}${this.#base}auth/login?${new URLSearchParams({ returnTo })}`);
  }
}
