import { By } from "selenium-webdriver";
import type { User } from "../../dev-provider/src/users.js";
import type { Browser } from "./engines/browser.js";
import { LoginPage } from "./login-page.js";

type SessionStatus = "anonymous" | "authenticated" | "recovering";

/** The demo in the browser's current tab, as a user sees it. */
export class Demo {
  readonly origin: string;
  readonly login: LoginPage;

  constructor(
    private readonly browser: Browser,
    { app, authorizationServer }: { app: { origin: string }; authorizationServer: { origin: string } },
  ) {
    this.origin = app.origin;
    this.login = new LoginPage(browser, authorizationServer.origin);
  }

  /** Opens a page of the app and waits until it is connected to the vault. Returns the session's status. */
  async open(path = "/"): Promise<SessionStatus> {
    await this.browser.goto(this.origin + path);
    return await this.waitForConnection();
  }

  async waitForConnection(): Promise<SessionStatus> {
    return (await this.browser.waitFor("the demo to show a session status", () =>
      this.textOf("session-status"),
    )) as SessionStatus;
  }

  async waitForStatus(status: SessionStatus): Promise<void> {
    await this.browser.waitFor(
      `the session to be ${status}`,
      async () => (await this.textOf("session-status")) === status,
    );
  }

  /** Signs in by typing at the authorization server's form, and waits until the demo says so. */
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

  /** Signs out and waits until the browser is back from the authorization server's own sign-out. */
  async signOut(): Promise<void> {
    await this.browser.markDocument();
    await this.click("sign-out");
    await this.browser.waitForNewDocument();
    await this.waitForStatus("anonymous");
  }

  /** What the page says is wrong; waits until it says something. */
  async waitForError(): Promise<string> {
    return await this.browser.waitFor("the demo to say what is wrong", () => this.textOf("error"));
  }

  async click(testId: string): Promise<void> {
    await this.browser.click(selectorOf(testId));
  }

  async type(testId: string, text: string): Promise<void> {
    await this.find(testId).sendKeys(text);
  }

  /** Chooses a file of this machine in a file input. */
  async attach(testId: string, path: string): Promise<void> {
    await this.find(testId).sendKeys(path);
  }

  /** The text of an element; `null` when there is none. */
  async textOf(testId: string): Promise<string | null> {
    return await this.browser.evaluate(
      (testId) =>
        document.querySelector<HTMLElement>(`[data-testid="${testId}"]`)?.textContent.trim() ?? null,
      testId,
    );
  }

  /** The texts of all elements of a kind. */
  async textsOf(testId: string): Promise<string[]> {
    return await this.browser.evaluate(
      (testId) =>
        [...document.querySelectorAll<HTMLElement>(`[data-testid="${testId}"]`)].map((element) =>
          element.textContent.trim(),
        ),
      testId,
    );
  }

  private find(testId: string) {
    return this.browser.driver.findElement(By.css(selectorOf(testId)));
  }
}

const selectorOf = (testId: string): string => `[data-testid="${testId}"]`;
