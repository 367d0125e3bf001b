import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { TestApp, type TokenResponse } from "../../dev-provider/src/test-support/sign-in.js";
import { ada, bob } from "../../dev-provider/src/users.js";
import type { Browser } from "../e2e/engines/browser.js";
import { LoginPage } from "../e2e/login-page.js";
import { type Attack, type Facts, slugOf } from "./attack.js";
import { injectedScript } from "./injected.js";
import type { Lab } from "./lab.js";
import { codesIn, useCodes, useTokens } from "./loot.js";
import { ownWorker } from "./own-worker.js";
import type { Site } from "./site.js";

/** One victim in one browser, and the attacker who is at it. */
export class Stage {
  readonly facts: Facts;
  readonly #login: LoginPage;
  /** The attack under way. */
  #attack: Attack | undefined;
  /** The authorization server ends what came of a code that is used twice (RFC 6749 section 4.1.2). */
  #spent = false;
  /** How each payload that was injected ended. */
  readonly endings: string[] = [];
  #codesBefore = 0;
  /** What made a sign-in impossible. */
  readonly disabled: string[] = [];

  constructor(
    readonly browser: Browser,
    readonly lab: Lab,
    readonly site: Site,
    private readonly attacks: readonly Attack[],
  ) {
    const { attacker } = lab;
    const { origin, victim, facts } = site;
    this.#login = new LoginPage(browser, lab.authorizationServer.origin);
    this.facts = {
      attackerUrl: attacker.url,
      siblingUrl: attacker.urlOn(
        victim.hostname ? `sibling.${victim.hostname.replace(/^[^.]*\./, "")}` : "localhost",
      ),
      appUrl: `${origin}/`,
      apiUrl: facts.api,
      ownApiUrl: victim.host === "plain" ? null : `${origin}/api/v1/`,
      authorizationEndpoint: facts.authorizationEndpoint,
      tokenEndpoint: facts.tokenEndpoint,
      clientId: facts.clientId,
      redirectUri: facts.redirectUri,
      scope: facts.scope,
      codeChallenge: attacker.codeChallenge,
    };
    this.hook([]);
  }

  /** Which attacks' hooks run in the documents of the app from now on. */
  hook(attacks: readonly Attack[]): void {
    const hooked = new Set(attacks.map(({ name }) => name));
    const createsPolicy = !this.#attack?.afterConnect;
    this.site.injected = injectedScript(this.facts, this.attacks, hooked, createsPolicy);
  }

  /** Begins an attack: what came before is forgotten. */
  begin(attack: Attack): void {
    this.#attack = attack;
    this.hook([]);
    this.endings.length = 0;
    this.disabled.length = 0;
    this.#codesBefore = this.#codes;
    this.lab.attacker.takeLoot(attack.name);
  }

  /** Where the attack's own pages and requests live at the attacker's server. */
  get attackerPath(): string {
    return `/${slugOf(this.#name)}`;
  }

  /** Opens a page of the app, whoever is signed in. */
  async open(path = "/"): Promise<void> {
    if (this.#spent) await this.forgetEverything();
    await this.browser.goto(this.site.origin + path);
    await this.browser.waitFor("the app", async () => {
      const state = await this.state();
      if (state === "failed") {
        throw new Error(
          `the app does not start: ${await this.browser.evaluate(() => document.body.dataset.error)}`,
        );
      }
      return state !== null;
    });
  }

  /** Opens the app and signs in, if nobody is. */
  async openSignedIn(): Promise<void> {
    await this.open();
    await this.signIn();
  }

  async signIn(): Promise<void> {
    if ((await this.state()) === "signed-in") return;
    await this.click("sign-in");
    await this.browser.waitFor("Ada to be signed in", async () => {
      if ((await this.state()) === "signed-in") return true;
      await this.#submitLogin();
      return false;
    });
  }

  /** Whether the user, who is signed out, can sign in by the app's button. */
  async canSignIn(): Promise<boolean> {
    try {
      await this.open();
      await this.signIn();
      return true;
    } catch {
      return false;
    }
  }

  /** Opens a page of the app whose script keeps it from its worker: it never gets to know who is signed in. */
  async openUnconnected(): Promise<void> {
    // A silent flow that is still on its way would take the page elsewhere.
    await this.browser.waitFor("the attacker's script", async () => {
      await this.browser.goto(`${this.site.origin}/`);
      return await this.browser.evaluate(() => typeof attacker === "object");
    });
  }

  /** Signs out here and at the authorization server. */
  async signOut(): Promise<void> {
    await this.browser.markDocument();
    await this.click("sign-out");
    await this.browser.waitForNewDocument();
    await this.waitForState("signed-out");
  }

  /**
   * The user signs in, if need be, and out, in another window, where the attacker's script does not run. Returns the tab
   * that was left. A window, because WebKitGTK hides a new tab, and a hidden page does not recover a lost session.
   */
  async signOutInAnotherWindow(): Promise<string> {
    const left = await this.browser.currentTab();
    this.hook([]);
    await this.browser.newWindow();
    await this.openSignedIn();
    await this.signOut();
    this.markRequests();
    return left;
  }

  async waitForState(state: string): Promise<void> {
    await this.browser.waitFor(`the app to be ${state}`, async () => (await this.state()) === state);
  }

  /** Leaves the user at the authorization server's form. */
  async beginSignIn(): Promise<void> {
    await this.click("sign-in");
    await this.#login.waitForForm();
  }

  /** The user at the form signs in, and ends up wherever that leads. */
  async finishSignIn(): Promise<void> {
    await this.#login.submit(ada);
    await this.browser.waitFor("the user to be back", () =>
      this.browser.evaluate(
        (origin) => location.href.startsWith(origin) && document.readyState === "complete",
        this.site.origin,
      ),
    );
  }

  /** Closes the current tab and goes on in another one. */
  async closeThisTab(other: string): Promise<void> {
    await this.browser.evaluate(() => attacker.flush());
    await this.browser.driver.close();
    await this.browser.switchTo(other);
  }

  /** Puts a file on the app's own origin. */
  serve(path: string, text: string, type: string): void {
    this.site.routes.set(path, (_request, response) => {
      response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(text);
    });
  }

  /** Has a page of the user register a worker of the attacker's own, at a file of the app's origin. */
  async playOwnWorker(path: string): Promise<void> {
    this.serve(path, ownWorker(this.facts.attackerUrl + this.attackerPath), "text/javascript");
    await this.openSignedIn();
    await this.waitForKeeper();
    await this.injectOnClick();
    await this.closeOtherTabs();
    const took = await this.browser.waitFor("the origin's workers", async () => ({
      is: await this.browser.evaluate(async (path) => {
        const { installing, waiting, active } = (await navigator.serviceWorker.getRegistration("/")) ?? {};
        return [installing, waiting, active].some((worker) => worker?.scriptURL.endsWith(path));
      }, path),
    }));
    // Keepers come to the new worker when their streams have ended, and not at once.
    if (took.is) await delay(6_000);
  }

  /** Waits until a keeper has the session: without its copy there is nothing to take. */
  async waitForKeeper(): Promise<void> {
    await this.browser.waitFor("a keeper", () =>
      this.browser.evaluate(async () => {
        const session = await (await fetch("/auth/session")).json();
        return session.worker.keepers > 0;
      }),
    );
  }

  /** From here on, what {@link requestAsTheUser} looks at. */
  markRequests(): void {
    this.lab.api.testing.requests.length = 0;
  }

  async waitForRequest(path: string): Promise<void> {
    const { requests } = this.lab.api.testing;
    await this.browser.waitFor(`a request for ${path}`, async () =>
      requests.some((request) => request.path === path && request.status !== 0),
    );
  }

  /** A request since {@link markRequests} that the API took for the user's. */
  requestAsTheUser(): string | undefined {
    const { requests } = this.lab.api.testing;
    const taken = requests.find(
      ({ authorization, status }) => authorization && status >= 200 && status < 300,
    );
    return taken && `${taken.method} ${taken.path} as the user`;
  }

  /** Waits until the sign-in that was begun has come back to the app with another document, however it ended. */
  async waitToBeBack(): Promise<void> {
    await this.browser.waitFor("the sign-in to be over", async () => {
      await this.#submitLogin();
      const seen = await this.browser.evaluate(() => "seenByTest" in document.documentElement.dataset);
      return !seen && (await this.state()) !== null;
    });
  }

  async #submitLogin(): Promise<void> {
    if (new URL(await this.browser.url()).pathname.startsWith("/login/")) await this.#login.submit(ada);
  }

  /** What the app says of itself; nothing if this is not the app. */
  async state(): Promise<string | null> {
    return await this.browser.evaluate(
      (origin) => (location.origin === origin ? (document.body?.dataset.state ?? null) : null),
      this.site.origin,
    );
  }

  async click(id: "sign-in" | "sign-out" | "call"): Promise<void> {
    await this.browser.evaluate((id) => document.getElementById(id)?.click(), id);
  }

  /** Has the app call the API, and waits for what it shows. */
  async call(): Promise<string> {
    await this.click("call");
    return await this.browser.waitFor("the API's answer", () =>
      this.browser.evaluate(() => document.querySelector("output")?.value || null),
    );
  }

  /** Whether the authorization server has given a code since a payload was injected. */
  get gotCode(): boolean {
    return this.#codes > this.#codesBefore;
  }

  get #codes(): number {
    return this.lab.authorizationServer.testing.issued.codes.length;
  }

  /** Runs the attack's payload in the page, to its end. */
  async inject(): Promise<void> {
    this.#codesBefore = this.#codes;
    this.endings.push(await this.browser.evaluate((name) => attacker.run(name), this.#name));
  }

  /** Runs the payloads of several attacks in the page, side by side. Answers how each ended. */
  async injectAll(attacks: readonly Attack[]): Promise<Map<Attack, string>> {
    this.#codesBefore = this.#codes;
    const endings = await this.browser.evaluate(
      async (names) => await Promise.all(names.map((name) => attacker.run(name))),
      attacks.map(({ name }) => name),
    );
    return new Map(attacks.map((attack, index) => [attack, endings[index] ?? ""]));
  }

  /** The same as a user's click would, which is when browsers let windows open. */
  async injectOnClick(): Promise<void> {
    this.#codesBefore = this.#codes;
    const tab = await this.browser.currentTab();
    await this.browser.markDocument();
    await this.browser.evaluateOnClick((name) => void attacker.run(name), this.#name);
    await this.browser.switchTo(tab);
    this.endings.push(
      await this.browser.waitFor("the payload to end", () =>
        this.browser.evaluate(() =>
          "seenByTest" in document.documentElement.dataset ? attacker.ending : "loaded the page again",
        ),
      ),
    );
  }

  /** The same for a payload that leaves the page. Waits for the page it goes to. */
  async injectAndLeave(): Promise<void> {
    this.#codesBefore = this.#codes;
    await this.browser.markDocument();
    await this.browser.evaluate((name) => {
      setTimeout(() => void attacker.run(name), 0);
    }, this.#name);
    await this.browser.waitForNewDocument();
  }

  /** The same for a payload that ends at a path of the origin, whatever the document is there. */
  async injectAndLeaveFor(path: string): Promise<void> {
    this.#codesBefore = this.#codes;
    await this.browser.evaluate((name) => {
      setTimeout(() => void attacker.run(name), 0);
    }, this.#name);
    await this.browser.waitFor(`the page to be at ${path}`, async () =>
      (await this.browser.url()).startsWith(this.site.origin + path),
    );
  }

  /** Closes what the payload opened. */
  async closeOtherTabs(): Promise<void> {
    const { driver } = this.browser;
    const here = await this.browser.currentTab();
    for (const tab of await driver.getAllWindowHandles()) {
      if (tab === here) continue;
      await this.browser.switchTo(tab);
      await driver.close();
    }
    await this.browser.switchTo(here);
  }

  /** The callback's URL at the end of a sign-in of the attacker's own, as Bob, in a browser far away. */
  async codeOfTheAttacker(parameters: Record<string, string> = {}): Promise<string> {
    const elsewhere = new TestApp(this.lab.authorizationServer, this.facts.redirectUri);
    return (await elsewhere.fillIn(elsewhere.authorizationRequest(parameters), bob)).href;
  }

  /** Tokens of the attacker's own account. */
  async tokensOfTheAttacker(): Promise<TokenResponse> {
    return await new TestApp(this.lab.authorizationServer, this.facts.redirectUri).signIn(bob);
  }

  /** The code challenge of a verifier (RFC 7636 section 4.2). */
  challengeOf(verifier: string): string {
    return createHash("sha256").update(verifier).digest("base64url");
  }

  /** Whether the API takes the app's user for the attacker now. */
  async isTheAttackersSession(): Promise<string | undefined> {
    await this.open();
    if ((await this.state()) !== "signed-in") return undefined;
    if (!(await this.call()).includes(bob.sub)) return undefined;
    // To empty the origin would not do: Chromium may bring a worker back that was unregistered a moment ago.
    await this.signOut();
    return "the user works in the attacker's session";
  }

  /** Unregisters every worker of the origin, as injected script can, and ends on a page that no worker controls. */
  async unregisterWorkers(): Promise<void> {
    // A page that is just about to go elsewhere may take the driver along.
    await this.browser.waitFor("every worker to be unregistered", async () => {
      await this.browser.goto(`${this.site.origin}/empty.html`);
      return await this.browser.evaluate(async () => {
        if (location.pathname !== "/empty.html") return false;
        for (const registration of await navigator.serviceWorker.getRegistrations()) {
          await registration.unregister();
        }
        return true;
      });
    });
    // A registration lives on while a page is under its control.
    await this.browser.leavePage();
    await this.browser.waitFor("the worker to be gone", async () => {
      await this.browser.goto(`${this.site.origin}/empty.html`);
      return await this.browser.evaluate(() => navigator.serviceWorker.controller === null);
    });
  }

  /** Empties the origin: nobody is signed in here any more. */
  async forgetEverything(): Promise<void> {
    this.#spent = false;
    await this.unregisterWorkers();
    await this.browser.evaluate(async () => {
      localStorage.clear();
      sessionStorage.clear();
      for (const { name = "" } of await indexedDB.databases()) {
        await new Promise((resolve) => {
          const request = indexedDB.deleteDatabase(name);
          request.onsuccess = request.onerror = request.onblocked = resolve;
        });
      }
      for (const cookie of document.cookie.split("; ")) {
        const [name] = cookie.split("=");
        for (const domain of ["", "; domain=lab.localhost"]) {
          // biome-ignore lint/suspicious/noDocumentCookie: the cookies that script can read are removed as script can
          document.cookie = `${name}=; path=/; max-age=0${domain}`;
        }
      }
    });
  }

  /** An HTML page of the attacker's own site, for this attack. Answers its URL. */
  page(html: string, from: "another site" | "a sibling host" = "another site"): string {
    const path = `${this.attackerPath}/page`;
    this.lab.attacker.pages.set(path, html);
    const origin = from === "another site" ? this.facts.attackerUrl : this.facts.siblingUrl;
    return origin + path;
  }

  /** Uses what each attack brought home. Answers what turned out to be good. */
  async gains(attacks: readonly Attack[]): Promise<Map<Attack, string[]>> {
    const { attacker, authorizationServer, api } = this.lab;
    const targets = { authorizationServer, api, redirectUri: this.facts.redirectUri };
    const gains = new Map<Attack, string[]>();
    const unused: [Attack, string[]][] = [];
    for (const attack of attacks) {
      const loot = attacker.takeLoot(attack.name);
      const good = await useTokens(loot, targets);
      gains.set(attack, good);
      if (good.length === 0 && codesIn(loot).length > 0) unused.push([attack, loot]);
    }
    for (const [attack, loot] of unused) {
      this.#spent = true;
      gains.set(attack, await useCodes(loot, attacker, targets));
    }
    return gains;
  }

  /** Lets the attacker's script send what the page's policy kept it from sending at once. */
  async flush(): Promise<void> {
    const here = await this.browser
      .evaluate((origin) => location.origin === origin && typeof attacker === "object", this.site.origin)
      // Firefox shows JSON in a page of its own, where a driver's script cannot run.
      .catch(() => false);
    if (!here) await this.open();
    await this.browser.evaluate(() => attacker.flush());
  }

  get #name(): string {
    if (!this.#attack) throw new Error("no attack has begun");
    return this.#attack.name;
  }
}
