import { By } from "selenium-webdriver";
import type { User } from "../../dev-provider/src/users.js";
import type { Browser } from "./engines/browser.js";

/** The authorization server's login form. */
export class LoginPage {
  constructor(
    private readonly browser: Browser,
    private readonly origin: string,
  ) {}

  async waitForForm(): Promise<void> {
    await this.browser.waitFor(
      "the login form",
      async () => (await this.isHere()) && (await this.find('input[name="password"]').isDisplayed()),
    );
  }

  /** Types the credentials and sends the form. */
  async submit({ username, password }: Pick<User, "username" | "password">): Promise<void> {
    const name = this.find('input[name="username"]');
    await name.clear();
    await name.sendKeys(username);
    await this.find('input[name="password"]').sendKeys(password);
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

  /** By the port, because apps may use another host name for the server. */
  private async isHere(): Promise<boolean> {
    return new URL(await this.browser.url()).port === new URL(this.origin).port;
  }

  private find(selector: string) {
    return this.browser.driver.findElement(By.css(selector));
  }
}
