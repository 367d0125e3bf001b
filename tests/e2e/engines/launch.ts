import { Capabilities, WebDriver } from "selenium-webdriver";
import { Executor } from "selenium-webdriver/http/index.js";
import { Session } from "selenium-webdriver/lib/session.js";
import { Browser, type BrowserAddress } from "./browser.js";
import { chromium } from "./chromium.js";
import { DriverClient } from "./driver-client.js";
import { type BrowserName, type BrowserOptions, type EngineDefinition, engineOf } from "./engine.js";
import { firefox } from "./firefox.js";
import { safari } from "./safari.js";
import { startSupervised } from "./supervised.js";
import { webkit } from "./webkit.js";

const definitions: Record<BrowserName, EngineDefinition> = { chromium, firefox, webkit, safari };

/**
 * Starts a browser, with a fresh profile unless told otherwise: headless, on free ports, as root or as an ordinary user. It ends with `close()`,
 * and also, processes and profile, when this process ends in any way. Throws a sentence naming the Debian package when
 * the engine or its driver is not installed.
 */
export async function launch(
  name: BrowserName,
  {
    width = 1280,
    height = 900,
    serviceWorkers = true,
    privateWindows = false,
    profile = null,
    chromiumArguments = [],
  }: Partial<BrowserOptions> = {},
): Promise<Browser> {
  const runAsRoot = process.getuid?.() === 0;
  const definition = definitions[name];
  const capabilities = definition.capabilities(
    { width, height, serviceWorkers, privateWindows, profile, chromiumArguments },
    runAsRoot,
  );
  const server = await startSupervised(definition.server(runAsRoot));
  try {
    const executor = new Executor(new DriverClient(server.url));
    const driver = WebDriver.createSession(executor, new Capabilities(capabilities));
    const session = await driver.getSession();
    const { debuggerAddress = "" } = session.getCapabilities().get("goog:chromeOptions") ?? {};
    const address: BrowserAddress = {
      engine: engineOf(name),
      url: server.url,
      sessionId: session.getId(),
      debuggerAddress,
    };
    const browser = new Browser(driver, address, server.stop);
    await browser.prepare();
    return browser;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Joins a browser that another process launched; closing it stays that process's business. */
export function join(address: BrowserAddress): Browser {
  // Only a new session tells the executor that the driver speaks the W3C protocol.
  const executor = Object.assign(new Executor(new DriverClient(address.url)), { w3c: true });
  const driver = new WebDriver(new Session(address.sessionId, new Capabilities()), executor);
  return new Browser(driver, address, async () => {});
}
