import type { TestedStandIns } from "strongroom-demo/servers/stand-ins.js";
import { ada } from "../../dev-provider/src/users.js";
import { Demo } from "./demo.js";
import type { Browser } from "./engines/browser.js";

/** A token as the lab's page shows it in the attacker's hands. */
export interface StolenToken {
  worked: boolean;
  text: string;
}

/** The demo's lab page, in whichever of its two apps. */
export class LabPage {
  readonly #demo: Demo;
  readonly #url: string;

  constructor(
    private readonly browser: Browser,
    standIns: TestedStandIns,
  ) {
    if (!standIns.lab) throw new Error("these stand-ins were started without the lab");
    this.#demo = new Demo(browser, standIns);
    this.#url = standIns.lab.vault;
  }

  async open(): Promise<void> {
    await this.browser.goto(this.#url);
    await this.browser.waitFor("the lab's page", () => this.#demo.textOf("lab-sign-in"));
  }

  /** Follows the demo's own link to the lab. */
  async openFromDemo(): Promise<void> {
    await this.#demo.open();
    await this.browser.waitFor("the link to the lab", () => this.#demo.textOf("lab-link"));
    await this.#demo.click("lab-link");
    await this.browser.waitFor("the lab's page", () => this.#demo.textOf("lab-sign-in"));
  }

  async goBack(): Promise<void> {
    await this.#demo.click("lab-back");
    await this.#demo.waitForConnection();
  }

  async choose(way: string): Promise<void> {
    await this.#demo.click(`lab-way-${way}`);
  }

  /** Signs Ada in, in the way that is chosen. */
  async signIn(): Promise<void> {
    await this.#demo.click("lab-sign-in");
    await this.#demo.login.waitForForm();
    await this.#demo.login.submit(ada);
    await this.browser.waitFor("somebody to be signed in", () => this.#demo.textOf("lab-signed-in"));
  }

  /** Signs in while the authorization server still knows the browser: there is no form. */
  async signInAgain(): Promise<void> {
    await this.#demo.click("lab-sign-in");
    await this.browser.waitFor("somebody to be signed in", () => this.#demo.textOf("lab-signed-in"));
  }

  async cancelSignIn(): Promise<void> {
    await this.#demo.click("lab-sign-in");
    await this.#demo.login.waitForForm();
    await this.#demo.login.cancel();
  }

  async error(): Promise<string> {
    return await this.#demo.waitForError();
  }

  /** Injects, and waits until everything has arrived. Returns the verdict. */
  async inject(): Promise<string> {
    await this.#demo.click("lab-inject");
    return await this.browser.waitFor("the verdict", () => this.#demo.textOf("lab-verdict"));
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

  async otherTexts(): Promise<string> {
    return await this.browser.evaluate(() => document.querySelector(".loot-others")?.textContent ?? "");
  }

  async lesson(): Promise<string | null> {
    return await this.#demo.textOf("lab-lesson");
  }

  async html(): Promise<string> {
    return await this.browser.evaluate(() => document.documentElement.outerHTML);
  }
}
