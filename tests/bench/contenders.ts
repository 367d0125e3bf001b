import {
  type AuthorizationServer,
  startAuthorizationServer,
} from "../../dev-provider/src/authorization-server.js";
import { type Listener, listen } from "../../dev-provider/src/loopback.js";
import { ada } from "../../dev-provider/src/users.js";
import type { Browser } from "../e2e/engines/browser.js";
import { LoginPage } from "../e2e/login-page.js";
import { type BenchApi, startBenchApi } from "./bench-api.js";
import { Contender } from "./contender.js";
import {
  FLOOR_WORKER,
  PASS_THROUGH_WORKER,
  ROUTES_WORKER,
  type Site,
  type SiteOptions,
  startSite,
  VAULT_WORKER,
} from "./site.js";

/** Who takes part, and how each gets the header on a request. */
export const CONTENDERS = {
  "no worker": "the page sets a fixed header",
  "static routes": "the same beside a worker that static routes keep every request from",
  "pass-through": "a worker lets the page's own fixed header through",
  floor: "a hand-written worker sets a fixed header and does nothing else",
  "floor again": "the same worker on another origin: how far two equals lie apart in this run",
  strongroom: "signed in at the local authorization server",
  axa: "@axa-fr/oidc-client with its service worker, no tokens shown to the page, signed in at the same server",
} as const;

export type ContenderName = keyof typeof CONTENDERS;

/** How many origins sign in. */
const SIGNING_IN = 9;

/** Opens contenders in one browser, each with an origin of its own, on servers they share. */
export class Contenders {
  #authorization: string | undefined;

  private constructor(
    private readonly browser: Browser,
    private readonly authorizationServer: AuthorizationServer,
    readonly api: BenchApi,
    private readonly listeners: Listener[],
    /** Origins that the authorization server sends users back to, in the order they are given out. */
    private readonly registered: Listener[],
  ) {}

  static async start(browser: Browser): Promise<Contenders> {
    const [forAuthorizationServer, ...registered] = await Promise.all([
      listen(),
      ...Array.from({ length: SIGNING_IN }, () => listen()),
    ]);
    const origins = registered.map(({ port }) => `http://localhost:${port}`);
    const authorizationServer = await startAuthorizationServer({
      listener: forAuthorizationServer,
      redirectUris: origins.map((origin) => `${origin}/auth/callback`),
      signOutUris: origins.map((origin) => `${origin}/`),
    });
    const api = await startBenchApi();
    const listeners = [forAuthorizationServer, ...registered];
    const contenders = new Contenders(browser, authorizationServer, api, listeners, registered);
    await contenders.#meetForm();
    return contenders;
  }

  /** Those that are compared request by request, by the names of `CONTENDERS`. */
  async openAll(): Promise<Contender[]> {
    return [
      await this.#withoutWorker(),
      await this.#withOwnHeader("static routes", ROUTES_WORKER),
      await this.#withOwnHeader("pass-through", PASS_THROUGH_WORKER),
      await this.#floor("floor"),
      await this.#floor("floor again"),
      await this.#strongroom("strongroom"),
      await this.#axa(),
    ];
  }

  /** Those whose workers take notes of their fetch handlers. */
  async openProfiled(): Promise<Contender[]> {
    const prelude = "handler-profile.js";
    return [
      await this.#floor("floor", { prelude }),
      await this.#strongroom("strongroom", { prelude }),
      await this.#axa({ prelude }),
    ];
  }

  /** The one whose worker counts what crosses into its wasm. */
  async openCounting(): Promise<Contender> {
    return await this.#strongroom("strongroom", { prelude: "count-crossings.js" });
  }

  /** The one whose worker takes notes of its start. Nobody is signed in, and the page has nothing else to do. */
  async openStarting(): Promise<Contender> {
    const site = await this.#unregistered({ prelude: "start-profile.js" });
    return await Contender.withWorker("strongroom", this.browser, site, VAULT_WORKER);
  }

  /** Those whose pages are opened again and again. */
  async openVisiting(): Promise<Contender[]> {
    return [await this.#strongroom("strongroom"), await this.#axa()];
  }

  /**
   * What the vault sent; the hand-written ones send the same. Then the bytes on the wire and the work in the network stack
   * are the same too.
   */
  get authorization(): string {
    if (!this.#authorization) throw new Error("The vault sent no Authorization header: it is not signed in.");
    return this.#authorization;
  }

  async close(): Promise<void> {
    await Promise.all([this.api, ...this.listeners].map((server) => server.close()));
  }

  /**
   * A first sign-in, which has the authorization server know the browser. All others pass it without a form, and without a
   * document: Chromium keeps their pages in the process they began in, which their workers share, as those of pages do that
   * did not sign in. Requests between processes cost more.
   */
  async #meetForm(): Promise<void> {
    const login = new LoginPage(this.browser, this.authorizationServer.origin);
    await Contender.visiting(
      "the first",
      this.browser,
      await this.#signingIn({ client: "strongroom" }),
      async () => {
        await login.waitForForm();
        await login.submit(ada);
      },
    );
    this.#authorization = this.api.seen.authorization;
  }

  async #withoutWorker(): Promise<Contender> {
    const { browser, authorization } = this;
    const site = await this.#unregistered({ authorization });
    return await Contender.withoutWorker("no worker", browser, site, { authorization });
  }

  /** A worker of a few lines, and the header set by the page. */
  async #withOwnHeader(name: string, worker: string): Promise<Contender> {
    const { browser, authorization } = this;
    const site = await this.#unregistered({ authorization });
    return await Contender.withWorker(name, browser, site, worker, { authorization });
  }

  async #floor(name: string, options: Pick<SiteOptions, "prelude"> = {}): Promise<Contender> {
    const { browser, authorization } = this;
    const site = await this.#unregistered({ ...options, authorization });
    return await Contender.withWorker(name, browser, site, FLOOR_WORKER);
  }

  async #strongroom(name: string, options: Pick<SiteOptions, "prelude"> = {}) {
    const site = await this.#signingIn({ ...options, client: "strongroom" });
    return await Contender.visiting(name, this.browser, site);
  }

  async #axa(options: Pick<SiteOptions, "prelude"> = {}) {
    const site = await this.#signingIn({ ...options, client: "axa" });
    return await Contender.visiting("axa", this.browser, site);
  }

  /** A site that the authorization server sends users back to. */
  async #signingIn(options: Pick<SiteOptions, "client" | "prelude">): Promise<Site> {
    const listener = this.registered.shift();
    if (!listener) throw new Error("every registered origin is in use: raise SIGNING_IN");
    return await startSite({ ...this.#servers, ...options, listener });
  }

  async #unregistered(options: Pick<SiteOptions, "prelude" | "authorization">): Promise<Site> {
    const listener = await listen();
    this.listeners.push(listener);
    return await startSite({ ...this.#servers, ...options, client: "none", listener });
  }

  get #servers() {
    return { authorizationServer: this.authorizationServer, api: this.api };
  }
}
