import { setTimeout as delay } from "node:timers/promises";
import { TestApp, type TokenResponse } from "../../dev-provider/src/test-support/sign-in.js";
import { ada, bob } from "../../dev-provider/src/users.js";
import type { Browser } from "../e2e/engines/browser.js";
import { LoginPage } from "../e2e/login-page.js";
import { type Attack, type Facts, slugOf } from "./attack.js";
import { injectedScript } from "./injected.js";
import type { Lab } from "./lab.js";
import { codesIn, redeemCodes, useTokens } from "./loot.js";
import { ownWorker } from "./own-worker.js";
import type { Site } from "./site.js";

/** One victim in one browser, under attack. */
export class Stage {
  readonly facts: Facts;
  readonly #login: LoginPage;
  /** The current attack. */
  #attack: Attack | undefined;
  /** Whether a code was used. The authorization server may revoke its tokens if it comes twice (RFC 6749 section 4.1.2). */
  #spent = false;
  /** How each injected payload ended. */
  readonly endings: string[] = [];
  #codesBefore = 0;
  /** What prevented a sign-in. */
  readonly disabled: string[] = [];

  constructor(
    readonly browser: Browser,
    readonly lab: Lab,
    readonly site: Site,
    private readonly attacks: readonly Attack[],
  ) {
    const { attacker } = lab;
    const { origin, victim, facts } = site;
    this.#login = new LoginPage(
      browser,
      facts.vault ? new URL(facts.authorizationEndpoint).origin : lab.authorizationServer.origin,
    );
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
      vaultUrl: facts.vault,
      scope: facts.scope,
      codeChallenge: attacker.codeChallenge,
    };
    this.hook([]);
  }

  /** Sets which attacks' hooks run in the app's documents from now on. */
  hook(attacks: readonly Attack[]): void {
    const hooked = new Set(attacks.map(({ name }) => name));
    const createsPolicy = !this.#attack?.afterConnect;
    this.site.injected = injectedScript(this.facts, this.attacks, hooked, createsPolicy);
  }

  /** Begins an attack, and forgets the results of the previous one. */
  begin(attack: Attack): void {
    this.#attack = attack;
    this.hook([]);
    this.endings.length = 0;
    this.disabled.length = 0;
    this.#codesBefore = this.#codes;
    this.lab.attacker.takeLoot(attack.name);
  }

  /** The path of the attack's pages and requests at the attacker's server. */
  get attackerPath(): string {
    return `/${slugOf(this.#name)}`;
  }

  /** Opens a page of the app, signed in or not. */
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

  /** Opens the app and signs in, if nobody is signed in. */
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

  /** Whether the signed-out user can sign in with the app's button. */
  async canSignIn(): Promise<boolean> {
    try {
      await this.open();
      await this.signIn();
      return true;
    } catch {
      return false;
    }
  }

  /** Opens a page of the app whose injected script blocks its worker, so that the page never learns who is signed in. */
  async openUnconnected(): Promise<void> {
    // A silent flow that has not ended yet would navigate the page away.
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
   * In another window, without the attacker's script, the user signs in if necessary, and signs out. Returns the previous
   * tab. It is a window because WebKitGTK hides a new tab, and a hidden page does not recover a lost session.
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

  /** Starts a sign-in and stops at the authorization server's form. */
  async beginSignIn(): Promise<void> {
    await this.click("sign-in");
    await this.#login.waitForForm();
  }

  /** The user at the form signs in, and is redirected. Without a worker the host responds with 204, and the user stays at the form. */
  async finishSignIn(): Promise<void> {
    const { intercept } = this.site;
    let stays = false;
    this.site.intercept = (request, response) => {
      response.on("finish", () => {
        stays ||= response.statusCode === 204 && Boolean(request.url?.startsWith("/auth/callback?"));
      });
      return intercept?.(request, response) ?? false;
    };
    const isBack = () =>
      this.browser.evaluate(
        (origin) => location.href.startsWith(origin) && document.readyState === "complete",
        this.site.origin,
      );
    try {
      await this.#login.submit(ada);
      await this.browser.waitFor("the user to be back, or to stay", async () => stays || (await isBack()));
    } finally {
      this.site.intercept = intercept;
    }
  }

  /** Closes the current tab and switches to another one. */
  async closeThisTab(other: string): Promise<void> {
    await this.browser.evaluate(() => attacker.flush());
    await this.browser.driver.close();
    await this.browser.switchTo(other);
  }

  /** Closes the current tab, which may show no page of the app, and switches to another one. */
  async closeTab(other: string): Promise<void> {
    await this.browser.driver.close();
    await this.browser.switchTo(other);
  }

  /** Serves a file on the app's origin. */
  serve(path: string, text: string, type: string): void {
    this.site.routes.set(path, (_request, response) => {
      response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(text);
    });
  }

  /** Makes a page of the user register the attacker's worker, from a file on the app's origin. */
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
    // Keepers connect to the new worker only after their streams have ended.
    if (took.is) await delay(6_000);
  }

  /** Waits until a keeper has a copy of the session. */
  async waitForKeeper(): Promise<void> {
    await this.browser.waitFor("a keeper", () =>
      this.browser.evaluate(async () => {
        const session = await (await fetch("/auth/session")).json();
        return session.worker.keepers > 0;
      }),
    );
  }

  /** Marks the point from which {@link requestAsTheUser} searches. */
  markRequests(): void {
    this.lab.api.testing.requests.length = 0;
  }

  async waitForRequest(path: string): Promise<void> {
    const { requests } = this.lab.api.testing;
    await this.browser.waitFor(`a request for ${path}`, async () =>
      requests.some((request) => request.path === path && request.status !== 0),
    );
  }

  /** A request since {@link markRequests} that the API accepted as the user's. */
  requestAsTheUser(): string | undefined {
    const { requests } = this.lab.api.testing;
    const taken = requests.find(
      ({ authorization, status }) => authorization && status >= 200 && status < 300,
    );
    return taken && `${taken.method} ${taken.path} as the user`;
  }

  /** Waits until a started sign-in has returned to the app in a new document, with any result. */
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

  /** The state that the app shows; `null` if the page is not the app. */
  async state(): Promise<string | null> {
    return await this.browser.evaluate(
      (origin) => (location.origin === origin ? (document.body?.dataset.state ?? null) : null),
      this.site.origin,
    );
  }

  async click(id: "sign-in" | "sign-out" | "call"): Promise<void> {
    await this.browser.evaluate((id) => document.getElementById(id)?.click(), id);
  }

  /** Makes the app call the API, and waits for the result that it shows. */
  async call(): Promise<string> {
    await this.click("call");
    return await this.browser.waitFor("the API's answer", () =>
      this.browser.evaluate(() => document.querySelector("output")?.value || null),
    );
  }

  /** Whether the authorization server has issued a code since a payload was injected. */
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

  /** Runs the payloads of several attacks concurrently in the page. Returns how each ended. */
  async injectAll(attacks: readonly Attack[]): Promise<Map<Attack, string>> {
    this.#codesBefore = this.#codes;
    const endings = await this.browser.evaluate(
      async (names) => await Promise.all(names.map((name) => attacker.run(name))),
      attacks.map(({ name }) => name),
    );
    return new Map(attacks.map((attack, index) => [attack, endings[index] ?? ""]));
  }

  /** The same, after a user's click, so that the browser allows popups. */
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

  /** The same for a payload that navigates away. Waits for the next page. */
  async injectAndLeave(): Promise<void> {
    this.#codesBefore = this.#codes;
    await this.browser.markDocument();
    await this.browser.evaluate((name) => {
      setTimeout(() => void attacker.run(name), 0);
    }, this.#name);
    await this.browser.waitForNewDocument();
  }

  /** The same for a payload that navigates, but may stay if the browser gets no document. */
  async injectAndLeaveOrStay(): Promise<void> {
    this.#codesBefore = this.#codes;
    await this.browser.markDocument();
    await this.browser.evaluate((name) => {
      setTimeout(() => void attacker.run(name), 0);
    }, this.#name);
    await this.browser.waitFor("the payload to end, or another document", () =>
      this.browser.evaluate(() =>
        "seenByTest" in document.documentElement.dataset ? attacker.ending : "another document",
      ),
    );
  }

  /** Closes the payload's windows. */
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

  /** The callback's URL at the end of the attacker's own sign-in as Bob, in another browser. */
  async codeOfTheAttacker(parameters: Record<string, string> = {}): Promise<string> {
    const elsewhere = new TestApp(this.lab.authorizationServer, this.facts.redirectUri);
    return (await elsewhere.fillIn(elsewhere.authorizationRequest(parameters), bob)).href;
  }

  /** Tokens of the attacker's own account. */
  async tokensOfTheAttacker(): Promise<TokenResponse> {
    return await new TestApp(this.lab.authorizationServer, this.facts.redirectUri).signIn(bob);
  }

  /** Whether the app is now in the attacker's session. */
  async isTheAttackersSession(): Promise<string | undefined> {
    await this.open();
    if ((await this.state()) !== "signed-in") return undefined;
    if (!(await this.call()).includes(bob.sub)) return undefined;
    // Emptying the origin is not enough: Chromium may revive a worker that has just been unregistered.
    await this.signOut();
    return "the user works in the attacker's session";
  }

  /** Unregisters all workers of the origin, as injected script can, and ends on a page without a controller. */
  async unregisterWorkers(): Promise<void> {
    // The driver fails if the page navigates at the same moment; retry.
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
    // A registration persists while it controls a page.
    await this.browser.leavePage();
    await this.browser.waitFor("the worker to be gone", async () => {
      await this.browser.goto(`${this.site.origin}/empty.html`);
      return await this.browser.evaluate(() => navigator.serviceWorker.controller === null);
    });
  }

  /** Deletes everything that the browser has stored for the origin, including the session. */
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
          // biome-ignore lint/suspicious/noDocumentCookie: removes cookies in the way script can
          document.cookie = `${name}=; path=/; max-age=0${domain}`;
        }
      }
    });
  }

  /** Serves an HTML page on the attacker's site for this attack. Returns its URL. */
  page(html: string, from: "another site" | "a sibling host" = "another site"): string {
    const path = `${this.attackerPath}/page`;
    this.lab.attacker.pages.set(path, html);
    const origin = from === "another site" ? this.facts.attackerUrl : this.facts.siblingUrl;
    return origin + path;
  }

  /** Uses everything that each attack sent home. Returns what works. */
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
      gains.set(attack, await redeemCodes(loot, attacker, targets));
    }
    return gains;
  }

  /** Lets the attacker's script send what the page's policy prevented it from sending at once. */
  async flush(): Promise<void> {
    const here = await this.browser
      .evaluate((origin) => location.origin === origin && typeof attacker === "object", this.site.origin)
      // Firefox shows JSON in a viewer page, where a driver's script cannot run.
      .catch(() => false);
    if (!here) await this.open();
    await this.browser.evaluate(() => attacker.flush());
  }

  get #name(): string {
    if (!this.#attack) throw new Error("no attack has begun");
    return this.#attack.name;
  }
}
