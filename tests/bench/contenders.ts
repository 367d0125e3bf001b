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
  vaultOriginAt,
} from "./site.js";

/** The contenders, and how each sets the header on a request. */
export const CONTENDERS = {
  "no worker": "the page sets a fixed header",
  "static routes": "the same, with a worker that static routes keep all requests away from",
  "pass-through": "a worker passes on the page's own fixed header",
  floor: "a hand-written worker sets a fixed header and does nothing else",
  "floor again": "the same worker on another origin, which shows the noise of this run",
  strongroom: "signed in at the local authorization server",
  "vault origin": "the same, with the vault on an origin of its own",
  axa: "@axa-fr/oidc-client with its service worker, no tokens exposed to the page, signed in at the same server",
  "plain floor": "floor, in a page that is not cross-origin isolated, as most apps are",
  "plain vault origin": "vault origin, in such a page",
} as const;

export type ContenderName = keyof typeof CONTENDERS;

/** The number of origins that sign in. */
const SIGNING_IN = 13;

/** The number of vault origins. */
const WITH_VAULT_ORIGIN = 4;

/** Opens contenders in one browser, each on its own origin, with shared servers. */
export class Contenders {
  #authorization: string | undefined;

  private constructor(
    private readonly browser: Browser,
    private readonly authorizationServer: AuthorizationServer,
    readonly api: BenchApi,
    private readonly listeners: Listener[],
    /** Origins registered at the authorization server, in the order in which they are used. */
    private readonly registered: Listener[],
    /** Vault origins registered there. */
    private readonly vaults: Listener[],
  ) {}

  static async start(browser: Browser): Promise<Contenders> {
    const several = (count: number) => Promise.all(Array.from({ length: count }, () => listen()));
    const forAuthorizationServer = await listen();
    const registered = await several(SIGNING_IN);
    const vaults = await several(WITH_VAULT_ORIGIN);
    const origins = registered.map(({ port }) => `http://localhost:${port}`);
    const authorizationServer = await startAuthorizationServer({
      listener: forAuthorizationServer,
      redirectUris: [
        ...origins.map((origin) => `${origin}/auth/callback`),
        ...vaults.map((vault) => `${vaultOriginAt(vault)}/callback.html`),
      ],
      signOutUris: origins.map((origin) => `${origin}/`),
    });
    const api = await startBenchApi();
    const listeners = [forAuthorizationServer, ...registered, ...vaults];
    const contenders = new Contenders(browser, authorizationServer, api, listeners, registered, vaults);
    await contenders.#meetForm();
    return contenders;
  }

  /** The contenders of the request measurements, named as in `CONTENDERS`. */
  async openAll(): Promise<Contender[]> {
    return [
      await this.#withoutWorker(),
      await this.#withOwnHeader("static routes", ROUTES_WORKER),
      await this.#withOwnHeader("pass-through", PASS_THROUGH_WORKER),
      await this.#floor("floor"),
      await this.#floor("floor again"),
      await this.#strongroom("strongroom"),
      await this.#vaultOrigin("vault origin"),
      await this.#axa(),
      await this.#floor("plain floor", { isolated: false }),
      await this.#vaultOrigin("plain vault origin", { isolated: false }),
    ];
  }

  /** Contenders whose workers record the times of their fetch handlers. */
  async openProfiled(): Promise<Contender[]> {
    const prelude = "handler-profile.js";
    return [
      await this.#floor("floor", { prelude }),
      await this.#strongroom("strongroom", { prelude }),
      await this.#axa({ prelude }),
    ];
  }

  /** The contender whose worker records its start. Nobody is signed in, and the page is idle. */
  async openStarting(): Promise<Contender> {
    const site = await this.#unregistered({ prelude: "start-profile.js" });
    return await Contender.withWorker("strongroom", this.browser, site, VAULT_WORKER);
  }

  /** Contenders whose pages are opened repeatedly. */
  async openVisiting(): Promise<Contender[]> {
    return [await this.#strongroom("strongroom"), await this.#vaultOrigin("vault origin"), await this.#axa()];
  }

  /** Signs in where the session outlives the browser. Returns the site. */
  async signInToRemember(browser: Browser): Promise<Site> {
    const site = await this.#withVaultOrigin({ vaultConfig: { remember: "device" } });
    await Contender.visiting("vault origin", browser, site, () => this.#submitForm(browser));
    return site;
  }

  /**
   * The header that the vault sent. Hand-written workers send the same one, so that the bytes on the wire are the same.
   */
  get authorization(): string {
    if (!this.#authorization) throw new Error("The vault sent no Authorization header: it is not signed in.");
    return this.#authorization;
  }

  async close(): Promise<void> {
    await Promise.all([this.api, ...this.listeners].map((server) => server.close()));
  }

  /**
   * Signs in once, so that the authorization server knows the browser. Later sign-ins pass it without a form or document, and
   * Chromium keeps their pages in their first process, together with their workers, like pages that do not sign in.
   * Requests between processes cost more.
   */
  async #meetForm(): Promise<void> {
    const site = await this.#signingIn({ client: "strongroom" });
    await Contender.visiting("the first", this.browser, site, () => this.#submitForm(this.browser));
    this.#authorization = this.api.seen.authorization;
  }

  async #submitForm(browser: Browser): Promise<void> {
    const login = new LoginPage(browser, this.authorizationServer.origin);
    await login.waitForForm();
    await login.submit(ada);
  }

  async #withoutWorker(): Promise<Contender> {
    const { browser, authorization } = this;
    const site = await this.#unregistered({ authorization });
    return await Contender.withoutWorker("no worker", browser, site, { authorization });
  }

  /** A minimal worker; the page sets the header. */
  async #withOwnHeader(name: string, worker: string): Promise<Contender> {
    const { browser, authorization } = this;
    const site = await this.#unregistered({ authorization });
    return await Contender.withWorker(name, browser, site, worker, { authorization });
  }

  async #floor(name: string, options: Pick<SiteOptions, "prelude" | "isolated"> = {}): Promise<Contender> {
    const { browser, authorization } = this;
    const site = await this.#unregistered({ ...options, authorization });
    return await Contender.withWorker(name, browser, site, FLOOR_WORKER);
  }

  async #strongroom(name: string, options: Pick<SiteOptions, "prelude"> = {}) {
    const site = await this.#signingIn({ ...options, client: "strongroom" });
    return await Contender.visiting(name, this.browser, site);
  }

  async #vaultOrigin(name: string, options: Pick<SiteOptions, "isolated"> = {}) {
    return await Contender.visiting(name, this.browser, await this.#withVaultOrigin(options));
  }

  async #withVaultOrigin(options: Pick<SiteOptions, "vaultConfig" | "isolated"> = {}): Promise<Site> {
    const vault = this.vaults.shift();
    if (!vault) throw new Error("every vault origin is in use: raise WITH_VAULT_ORIGIN");
    return await this.#signingIn({ ...options, client: "vault-origin", vault });
  }

  async #axa(options: Pick<SiteOptions, "prelude"> = {}) {
    const site = await this.#signingIn({ ...options, client: "axa" });
    return await Contender.visiting("axa", this.browser, site);
  }

  /** A site that is registered at the authorization server. */
  async #signingIn(
    options: Pick<SiteOptions, "client" | "prelude" | "isolated" | "vault" | "vaultConfig">,
  ): Promise<Site> {
    const listener = this.registered.shift();
    if (!listener) throw new Error("every registered origin is in use: raise SIGNING_IN");
    return await startSite({ ...this.#servers, ...options, listener });
  }

  async #unregistered(options: Pick<SiteOptions, "prelude" | "isolated" | "authorization">): Promise<Site> {
    const listener = await listen();
    this.listeners.push(listener);
    return await startSite({ ...this.#servers, ...options, client: "none", listener });
  }

  get #servers() {
    return { authorizationServer: this.authorizationServer, api: this.api };
  }
}
