import type { Browser } from "../engines/browser.js";

/**
 * Closes every page of the app and ends its workers. Leaves an empty tab. A keeper outlives its page by a moment, and gives
 * the session back to a service worker that starts in that time.
 */
export async function loseEveryCopy(browser: Browser): Promise<void> {
  const pages = await browser.driver.getAllWindowHandles();
  const empty = await browser.newTab();
  for (const page of pages) {
    await browser.switchTo(page);
    // Closed, not left: a page in the back-forward cache would keep the keeper alive.
    await browser.driver.close();
  }
  await browser.switchTo(empty);
  await browser.endWorkers();
}

/** Opens so many tabs of the app without waiting for any. */
export async function openAtOnce(browser: Browser, origin: string, count: number): Promise<string[]> {
  const tabs = [await browser.currentTab()];
  while (tabs.length < count) tabs.push(await browser.newTab("data:text/html,"));
  for (const [number, handle] of tabs.entries()) {
    await browser.switchTo(handle);
    await browser.driver.executeScript(
      "const [url] = arguments; setTimeout(() => { location.href = url; });",
      `${origin}/?tab=${number}`,
    );
  }
  return tabs;
}
