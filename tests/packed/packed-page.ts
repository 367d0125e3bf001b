import { BarePage, type Session } from "../e2e/bare-page.js";
import type { Browser } from "../e2e/engines/browser.js";
import type {} from "./app/main.js";
import type { Site } from "./site.js";

/** The page of the packed app in the browser's current tab. */
export class PackedPage extends BarePage {
  readonly #browser: Browser;
  readonly #root: string;

  constructor(browser: Browser, site: Site) {
    super(browser, site);
    this.#browser = browser;
    this.#root = site.app.origin + site.app.base;
  }

  /** Opens a page of the app, and connects it. Returns what the page knows of the session. */
  override async open(path = ""): Promise<void> {
    await this.#browser.goto(this.#root + path);
    await this.connect();
  }

  /** Connects this document; rejects with what `connect()` rejects with. */
  async connect(): Promise<Pick<Session, "status" | "error">> {
    await this.#browser.waitFor("the app's module", () =>
      this.#browser.evaluate(() => typeof connectToVault === "function"),
    );
    return await this.#browser.evaluate(async () => {
      const { status, error } = (await connectToVault()).session;
      return { status, error };
    });
  }

  /** Begins a sign-in from this page by `vault.login()`, and waits for the authorization server's form. */
  async beginSignIn(returnTo?: string): Promise<void> {
    // After the driver's command has ended: a driver would wait for the navigation.
    await this.#browser.evaluate(
      (returnTo) => void setTimeout(() => packedVault.login(returnTo === null ? {} : { returnTo }), 50),
      returnTo ?? null,
    );
    await this.login.waitForForm();
  }

  /** Waits until the browser shows a page of the app with this URL, decoded. */
  async waitForUrl(path: string): Promise<void> {
    await this.#browser.waitFor(`the page ${path}`, async () => {
      const url = decodeURI(await this.#browser.url());
      if (url !== this.#root + path) throw new Error(`it is ${url}`);
      return true;
    });
  }

  /** Waits until an element of the page has this text. */
  async waitForText(selector: string, text: string): Promise<void> {
    await this.#browser.waitFor(`"${text}" in ${selector}`, async () => {
      const shown = await this.#browser.evaluate(
        (selector) => document.querySelector(selector)?.textContent ?? null,
        selector,
      );
      if (shown !== text) throw new Error(`it says ${shown}`);
      return true;
    });
  }
}
