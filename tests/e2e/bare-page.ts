import type { User } from "../../dev-provider/src/users.js";
import type { Browser } from "./engines/browser.js";
import { LoginPage } from "./login-page.js";

declare global {
  function registerVault(): Promise<void>;
  function registerScript(path: string, scope: string): Promise<ServiceWorkerRegistration>;
  function fetchInDedicatedWorker(url: string): Promise<{ status: number; text: string }>;
}

/** What a page may see of the session. */
export interface Session {
  status: "anonymous" | "authenticated" | "recovering";
  user: { sub: string; email?: string; "cognito:groups"?: string[] } | null;
  expiresAt: number | null;
  renewsAt: number | null;
  error: { code: string; description: string } | null;
  worker: { startedAt: number; keepers: number };
}

/** What a fetch in the page came to. */
export interface Fetched {
  status: number;
  type: string;
  contentType: string | null;
  text: string;
}

/** The page of `bare-app` in the browser's current tab: a controlled page that does nothing by itself. */
export class BarePage {
  readonly origin: string;
  readonly login: LoginPage;

  constructor(
    private readonly browser: Browser,
    { app, authorizationServer }: { app: { origin: string }; authorizationServer: { origin: string } },
  ) {
    this.origin = app.origin;
    this.login = new LoginPage(browser, authorizationServer.origin);
  }

  /** Opens the page under the worker's control; registers the worker first. */
  async open(path = "/"): Promise<void> {
    await this.browser.goto(this.origin);
    await this.browser.evaluate(() => registerVault());
    await this.goBackToApp(path);
  }

  /** Opens the page again, until it is under the worker's control. */
  async goBackToApp(path = "/"): Promise<void> {
    // In WebKit a navigation that follows a sandboxed document, as the worker's refusals are, passes the worker by.
    await this.browser.waitFor("a page under the worker's control", async () => {
      await this.browser.goto(this.origin + path);
      return await this.browser.evaluate(() => navigator.serviceWorker.controller !== null);
    });
  }

  /** Signs in through `/auth/login`, typing at the form, and waits to be back. */
  async signIn(user: Pick<User, "username" | "password">): Promise<void> {
    await this.startSignIn();
    await this.login.submit(user);
    await this.waitToBeBack();
  }

  /** Goes to `/auth/login` and waits for the authorization server's form. */
  async startSignIn(returnTo = "/"): Promise<void> {
    await this.browser.goto(`${this.origin}/auth/login?${new URLSearchParams({ returnTo })}`);
    await this.login.waitForForm();
  }

  /** Signs in while the authorization server still knows the browser: there is no form, only redirects. */
  async signInAgain(returnTo = "/"): Promise<void> {
    await this.browser.goto(`${this.origin}/auth/login?${new URLSearchParams({ returnTo })}`);
    await this.waitToBeBack();
  }

  async waitToBeBack(): Promise<void> {
    await this.browser.waitFor("the browser to be back at the app", () =>
      this.browser.evaluate(
        (origin) => location.origin === origin && document.readyState === "complete",
        this.origin,
      ),
    );
  }

  async session(): Promise<Session> {
    const { text } = await this.fetch("/auth/session");
    return JSON.parse(text) as Session;
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
}
