import type { TestedStandIns } from "strongroom-demo/servers/stand-ins.js";
import type { User } from "../../dev-provider/src/users.js";
import type { Browser } from "../e2e/engines/browser.js";
import { LoginPage } from "../e2e/login-page.js";

/** The page of an example in the browser's current tab. All examples have these elements. */
export class ExamplePage {
  readonly origin: string;
  readonly login: LoginPage;

  constructor(
    private readonly browser: Browser,
    standIns: TestedStandIns,
  ) {
    this.origin = standIns.app.origin;
    this.login = new LoginPage(browser, standIns.authorizationServer.origin);
  }

  async open(path = "/"): Promise<void> {
    await this.browser.goto(this.origin + path);
  }

  async waitForStatus(status: "anonymous" | "authenticated" | "recovering"): Promise<void> {
    await this.browser.waitFor(`the page to say ${status}`, async () => {
      const shown = await this.textOf("status");
      if (shown !== status) throw new Error(`it says ${shown}`);
      return true;
    });
  }

  async signIn(user: Pick<User, "username" | "password">): Promise<void> {
    await this.click("sign-in");
    await this.login.waitForForm();
    await this.login.submit(user);
    await this.waitForStatus("authenticated");
  }

  /** Clicks "Ask the API" and waits for what the page shows of the answer. */
  async ask(): Promise<string> {
    await this.click("ask");
    return await this.waitForText("answer");
  }

  /** Signs out and waits until the browser is back from the authorization server's own sign-out. */
  async signOut(): Promise<void> {
    await this.browser.markDocument();
    await this.click("sign-out");
    // The page that is being left says so too, before the refresh token is revoked.
    await this.browser.waitForNewDocument();
    await this.waitForStatus("anonymous");
  }

  async click(id: string): Promise<void> {
    await this.browser.click(`#${id}`);
  }

  async waitForText(id: string): Promise<string> {
    return await this.browser.waitFor(`text in #${id}`, async () => (await this.textOf(id)) || null);
  }

  async textOf(id: string): Promise<string | null> {
    return await this.browser.evaluate((id) => document.getElementById(id)?.textContent ?? null, id);
  }
}
