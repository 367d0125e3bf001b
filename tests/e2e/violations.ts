import { expect } from "vitest";
import type { Browser } from "./engines/browser.js";

/** Fails if the page's policy has refused anything since the document began. Only Chromium reports that afterwards. */
export async function expectNoViolations(browser: Browser): Promise<void> {
  if (browser.engine !== "chromium") return;
  // The control: a violation of our own, so that there is one to wait for.
  expect(await browser.evaluate(violations)).toEqual(["require-trusted-types-for: Element innerHTML|<i>"]);
}

/** Runs in the page. */
async function violations(): Promise<string[]> {
  const reports = await new Promise<{ body: { effectiveDirective: string; sample: string } }[]>((resolve) => {
    new ReportingObserver((list) => resolve(list as never), {
      types: ["csp-violation"],
      buffered: true,
    }).observe();
    try {
      document.createElement("p").innerHTML = "<i>";
    } catch {
      // Expected: Trusted Types refuse the text.
    }
  });
  return reports.map(({ body }) => `${body.effectiveDirective}: ${body.sample}`);
}
