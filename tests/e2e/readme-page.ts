import type { Browser } from "./engines/browser.js";

/** The README's app in the current tab: buttons and text, without anything that is there for tests. */
export class ReadmePage {
  constructor(private readonly browser: Browser) {}

  /** Presses the button with this name as soon as it is there. */
  async press(name: string): Promise<void> {
    await this.browser.waitFor(`the button "${name}"`, () =>
      this.browser.evaluate((name) => {
        const buttons = [...document.querySelectorAll("button")];
        for (const button of buttons) button.id = button.textContent === name ? "wanted" : "";
        return document.getElementById("wanted") !== null;
      }, name),
    );
    await this.browser.click("#wanted");
  }

  async waitForText(expected: string): Promise<void> {
    await this.browser.waitFor(`the app to say "${expected}"`, async () => {
      const text = await this.browser.evaluate(() => document.body?.textContent.trim() ?? "");
      if (!text.includes(expected)) throw new Error(`it says "${text}"`);
      return true;
    });
  }
}
