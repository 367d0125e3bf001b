import { By } from "selenium-webdriver";
import type { Session as PageSession, SessionStatus } from "strongroom";
import type { User } from "../../dev-provider/src/users.js";
import type { Browser } from "./engines/browser.js";
import { LoginPage } from "./login-page.js";

/** How long a script of the driver waits in the page, in milliseconds. */
const LONGEST_WATCH_MS = 1_000;

/** The session as a page gets it from a worker that responds. */
export type Session = PageSession & { worker: NonNullable<PageSession["worker"]> };

/** The outcome of a `fetch` in the page. */
export interface Fetched {
  status: number;
  type: string;
  contentType: string | null;
  text: string;
}

/** The servers that a page belongs to. */
export interface Servers {
  app: { origin: string };
  /** If the vault has an origin of its own. */
  vault?: { origin: string };
  authorizationServer: { origin: string };
}

/**
 * A page of an app in the browser's current tab, as a user sees it. Elements are named by their `id` or `data-testid`; each
 * app has `sign-in`, `sign-out`, `status` and `error`.
 */
export class Page {
  readonly origin: string;
  /** The redirect URI. */
  readonly callback: string;
  readonly login: LoginPage;
  /** The vault's origin, if it has one of its own. Then only a connected page has a way to the vault. */
  protected readonly vault: string | undefined;

  constructor(
    protected readonly browser: Browser,
    { app, vault, authorizationServer }: Servers,
  ) {
    this.origin = app.origin;
    this.callback = vault ? `${vault.origin}/callback.html` : `${app.origin}/auth/callback`;
    this.login = new LoginPage(browser, authorizationServer.origin);
    this.vault = vault?.origin;
  }

  async open(path = "/"): Promise<void> {
    await this.browser.goto(this.origin + path);
  }

  /** Opens a page and waits until it shows a session status, which it returns. */
  async openConnected(path = "/"): Promise<SessionStatus> {
    await this.open(path);
    return await this.waitForConnection();
  }

  async waitForConnection(): Promise<SessionStatus> {
    return (await this.waitForText("status")) as SessionStatus;
  }

  async waitForStatus(status: SessionStatus): Promise<void> {
    await this.browser.waitFor(`the page to show ${status}`, async () => {
      const shown = await this.#watchedText("status", status);
      if (shown !== status) throw new Error(`it shows ${shown}`);
      return true;
    });
  }

  /** Signs in at the authorization server's form and waits until the page shows it. */
  async signIn(user: Pick<User, "username" | "password">): Promise<void> {
    await this.startSignIn();
    await this.login.submit(user);
    await this.waitForStatus("authenticated");
  }

  /** Clicks "Sign in" and waits for the authorization server's form. */
  async startSignIn(): Promise<void> {
    await this.click("sign-in");
    await this.login.waitForForm();
  }

  /** Signs out and waits until the browser is back from the authorization server's logout endpoint. */
  async signOut(): Promise<void> {
    await this.browser.markDocument();
    await this.click("sign-out");
    // The old document also shows `anonymous`, before the refresh token is revoked.
    await this.browser.waitForNewDocument();
    await this.waitForStatus("anonymous");
  }

  /** Waits until the page shows an error, and returns it. */
  async waitForError(): Promise<string> {
    return await this.waitForText("error");
  }

  async click(name: string): Promise<void> {
    await this.browser.click(selectorOf(name));
  }

  /** Clicks the button with this text as soon as it is there. */
  async clickButton(text: string): Promise<void> {
    await this.browser.waitFor(`the button "${text}"`, () =>
      this.browser.evaluate((text) => {
        const buttons = [...document.querySelectorAll("button")];
        for (const button of buttons) button.toggleAttribute("data-wanted", button.textContent === text);
        return buttons.some((button) => button.hasAttribute("data-wanted"));
      }, text),
    );
    await this.browser.click("[data-wanted]");
  }

  async type(name: string, text: string): Promise<void> {
    await this.find(name).sendKeys(text);
  }

  /** Chooses a file of this machine in a file input. */
  async attach(name: string, path: string): Promise<void> {
    await this.find(name).sendKeys(path);
  }

  /** The text of an element; `null` if there is none. */
  async textOf(name: string): Promise<string | null> {
    return (await this.textsOf(name))[0] ?? null;
  }

  /** The texts of all elements with this name. */
  async textsOf(name: string): Promise<string[]> {
    return await this.browser.evaluate(
      (selector) =>
        [...document.querySelectorAll<HTMLElement>(selector)].map((element) => element.textContent.trim()),
      selectorOf(name),
    );
  }

  /** Waits until an element has text, and returns it. */
  async waitForText(name: string): Promise<string> {
    return await this.browser.waitFor(`text in ${name}`, async () => (await this.#watchedText(name)) || null);
  }

  /**
   * The text of an element, as soon as it is `expected` or, without that, not empty; at the latest after {@link LONGEST_WATCH_MS}. The
   * page watches for it, because more than half of all evaluations found a text that was not there yet.
   */
  async #watchedText(name: string, expected?: string): Promise<string | null> {
    return await this.browser.evaluate(
      async (selector, expected, time) => {
        const text = () => document.querySelector(selector)?.textContent.trim() ?? null;
        const isThere = () => (expected === null ? Boolean(text()) : text() === expected);
        if (time > 0 && !isThere()) {
          await new Promise<void>((resolve) => {
            const observer = new MutationObserver(() => isThere() && resolve());
            observer.observe(document, { subtree: true, childList: true, characterData: true });
            setTimeout(resolve, time);
          });
        }
        return text();
      },
      selectorOf(name),
      expected ?? null,
      // WebKit's driver does not notice that the document of a waiting script is replaced.
      this.browser.engine === "webkit" ? 0 : LONGEST_WATCH_MS,
    );
  }

  /** Waits until the page shows this text anywhere. */
  async waitForContent(expected: string): Promise<void> {
    await this.browser.waitFor(`the page to show "${expected}"`, async () => {
      const text = await this.browser.evaluate(() => document.body?.textContent.trim() ?? "");
      if (!text.includes(expected)) throw new Error(`it shows "${text}"`);
      return true;
    });
  }

  /** Opens a page until the worker controls it. */
  async openControlled(path = "/"): Promise<void> {
    // In WebKit a navigation that follows a sandboxed document, such as a refusal of the worker, bypasses the worker.
    await this.browser.waitFor("a page under the worker's control", async () => {
      await this.open(path);
      return await this.browser.evaluate(() => navigator.serviceWorker.controller !== null);
    });
  }

  /** The response of `/auth/session`. */
  async session(): Promise<Session> {
    const { text } = await this.fetch("/auth/session");
    return JSON.parse(text) as Session;
  }

  /** Waits until a keeper is connected. On a vault origin each page has one, and a page that was left may still have its own. */
  async waitForConnectedKeeper(): Promise<void> {
    await this.browser.waitFor("a keeper", async () => (await this.session()).worker.keepers > 0);
  }

  /** Does `what` where the vault's worker is: in the page, or in the vault's frame. */
  async atTheVault<Result>(what: () => Promise<Result>): Promise<Result> {
    return this.vault ? await this.browser.inFrame(`iframe[src^="${this.vault}"]`, what) : await what();
  }

  /** `fetch` in the page. */
  async fetch(
    url: string,
    init: { method?: string; headers?: Record<string, string>; body?: string; mode?: RequestMode } = {},
  ): Promise<Fetched> {
    return await this.browser.evaluate(
      async (url, init) => {
        const response = await fetch(url, init as RequestInit);
        return {
          status: response.status,
          type: response.type,
          contentType: response.headers.get("content-type"),
          text: await response.text(),
        };
      },
      url,
      init,
    );
  }

  private find(name: string) {
    return this.browser.driver.findElement(By.css(selectorOf(name)));
  }
}

const selectorOf = (name: string): string => `[data-testid="${name}"], [id="${name}"]`;
