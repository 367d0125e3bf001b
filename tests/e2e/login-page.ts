import type { User } from "../../dev-provider/src/users.js";
import type { Browser } from "./engines/browser.js";

/** The authorization server's login form. */
export class LoginPage {
  constructor(
    private readonly browser: Browser,
    private readonly origin: string,
  ) {}

  async waitForForm(): Promise<void> {
    await this.browser.waitFor("the login form", () =>
      this.browser.evaluate(
        // By the port, because apps may use another host name for the server.
        (port) =>
          location.port === port &&
          document.querySelector('input[name="password"]')?.checkVisibility() === true,
        new URL(this.origin).port,
      ),
    );
  }

  /** Fills in the credentials, by script because a driver takes 0.1 s of processor time to type a word, and sends the form. */
  async submit({ username, password }: Pick<User, "username" | "password">): Promise<void> {
    await this.browser.evaluate(
      (values) => {
        for (const [name, value] of Object.entries(values)) {
          const input = document.querySelector<HTMLInputElement>(`input[name="${name}"]`);
          if (!input) throw new Error(`the form has no ${name}`);
          input.value = value;
        }
      },
      { username, password },
    );
    await this.browser.click('button[name="action"][value="sign-in"]');
  }

  async cancel(): Promise<void> {
    await this.browser.click('button[name="action"][value="cancel"]');
  }

  /** Waits for the form's error message and returns it. */
  async complaint(): Promise<string> {
    return await this.browser.waitFor("the login form to complain", () =>
      this.browser.evaluate(() => document.querySelector<HTMLElement>('[role="alert"]')?.textContent ?? null),
    );
  }
}
