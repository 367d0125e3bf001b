import { ada } from "../../dev-provider/src/users.js";
import type { StandIns } from "../stand-ins/stand-ins.js";
import type { Browser } from "./engines/browser.js";
import { Page } from "./page.js";

/** A token as the lab's page shows it in the attacker's hands. */
export interface StolenToken {
  worked: boolean;
  text: string;
}

/** The demo's lab page, in whichever of its apps. */
export class LabPage extends Page {
  readonly #url: string;

  constructor(browser: Browser, standIns: StandIns) {
    super(browser, standIns);
    const url = standIns.lab?.vault ?? standIns.lab?.["vault-origin"];
    if (url === undefined) throw new Error("these stand-ins were started without the lab");
    this.#url = url;
  }

  override async open(): Promise<void> {
    await this.browser.goto(this.#url);
    await this.waitForText("lab-sign-in");
  }

  /** Follows the demo's own link to the lab. */
  async openFromDemo(): Promise<void> {
    await super.open();
    await this.click("lab-link");
    await this.waitForText("lab-sign-in");
  }

  async goBack(): Promise<void> {
    await this.click("lab-back");
    await this.waitForConnection();
  }

  async choose(way: string): Promise<void> {
    await this.click(`lab-way-${way}`);
  }

  /** Signs Ada in, in the way that is chosen. */
  async signInAda(): Promise<void> {
    await this.#startSignIn();
    await this.login.submit(ada);
    await this.waitForText("lab-signed-in");
  }

  /** Signs in while the authorization server knows the browser: there is no form. */
  async signInAgain(): Promise<void> {
    await this.click("lab-sign-in");
    await this.waitForText("lab-signed-in");
  }

  async cancelSignIn(): Promise<void> {
    await this.#startSignIn();
    await this.login.cancel();
  }

  /** Injects, and waits until everything has arrived. Returns the verdict. */
  async inject(): Promise<string> {
    await this.click("lab-inject");
    return await this.waitForText("lab-verdict");
  }

  /** The payload as the page shows it. */
  async payload(): Promise<string> {
    return await this.browser.waitFor("the payload", () =>
      this.browser.evaluate(() => document.querySelector(".payload-text")?.textContent || null),
    );
  }

  async tokens(): Promise<StolenToken[]> {
    return await this.browser.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('[data-testid="lab-token"]')].map((element) => ({
        worked: element.dataset.worked === "true",
        text: element.textContent,
      })),
    );
  }

  /** What the page says of each attack, as "The script …: …". */
  async attacks(): Promise<string[]> {
    return await this.browser.evaluate(() =>
      [...document.querySelectorAll('[data-testid="lab-attacks"] > li')].map(({ textContent }) =>
        textContent.trim(),
      ),
    );
  }

  async html(): Promise<string> {
    return await this.browser.evaluate(() => document.documentElement.outerHTML);
  }

  async #startSignIn(): Promise<void> {
    await this.click("lab-sign-in");
    await this.login.waitForForm();
  }
}
