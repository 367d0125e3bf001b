import {
  type AuthorizationServer,
  startAuthorizationServer,
} from "strongroom-demo/servers/authorization-server.js";
import { type Listener, listen } from "strongroom-demo/servers/loopback.js";
import { ada } from "strongroom-demo/servers/users.js";
import type { Browser } from "../e2e/engines/browser.js";
import { LoginPage } from "../e2e/login-page.js";
import { type BenchApi, startBenchApi } from "./bench-api.js";
import { Contender } from "./contender.js";
import { startSite } from "./site.js";

/** Who takes part, and how each gets the header on a request. */
export const CONTENDERS = {
  "no worker": "the page sets a fixed header",
  floor: "a hand-written worker sets a fixed header and does nothing else",
  "floor again": "the same worker on another origin: how far two equals lie apart in this run",
  strongroom: "signed in at the local authorization server",
  "echo guard": "the same with `echoGuard`: each response is searched for the token",
} as const;

/** Opens contenders in one browser, each with an origin of its own, on servers they share. */
export class Contenders {
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
      listen(),
      listen(),
      listen(),
    ]);
    const origins = registered.map(({ port }) => `http://localhost:${port}`);
    const authorizationServer = await startAuthorizationServer({
      listener: forAuthorizationServer,
      redirectUris: origins.map((origin) => `${origin}/auth/callback`),
      signOutUris: origins.map((origin) => `${origin}/`),
    });
    const api = await startBenchApi();
    return new Contenders(
      browser,
      authorizationServer,
      api,
      [forAuthorizationServer, ...registered],
      registered,
    );
  }

  /** Those whose latencies are compared, by the names of `CONTENDERS`. */
  async openAll(): Promise<Contender[]> {
    const strongroom = await this.#strongroom("strongroom");
    await strongroom.measureLatency("another origin", 0, 1);
    return [
      await this.#withoutWorker(),
      await this.#floor("floor", { profiled: false }),
      await this.#floor("floor again", { profiled: false }),
      strongroom,
      await this.#strongroom("echo guard", { echoGuard: true }),
    ];
  }

  /** Those whose workers take notes of their fetch handlers. */
  async openProfiled(): Promise<Contender[]> {
    return [
      await this.#floor("floor", { profiled: true }),
      await this.#strongroom("strongroom", { profiled: true }),
    ];
  }

  /**
   * What the vault sent; the others send the same. Then the bytes on the wire and the work in the network stack are
   * the same too.
   */
  get authorization(): string {
    const { authorization } = this.api.seen;
    if (!authorization) throw new Error("The vault sent no Authorization header: it is not signed in.");
    return authorization;
  }

  async close(): Promise<void> {
    await Promise.all([this.api, ...this.listeners].map((server) => server.close()));
  }

  async #withoutWorker(): Promise<Contender> {
    const { browser, authorization } = this;
    const site = await startSite({ ...this.#servers, listener: await this.#listen(), profiled: false });
    return await Contender.withoutWorker("no worker", browser, site, authorization);
  }

  async #floor(name: string, { profiled }: { profiled: boolean }): Promise<Contender> {
    const { browser, authorizationServer, authorization: floorAuthorization } = this;
    const listener = await this.#listen();
    const site = await startSite({ ...this.#servers, listener, profiled, floorAuthorization });
    return await Contender.floor(name, browser, site, authorizationServer.endpoints.jwks);
  }

  async #strongroom(name: string, { profiled = false, echoGuard = false } = {}): Promise<Contender> {
    const { browser, authorizationServer } = this;
    const listener = this.registered.shift();
    if (!listener) throw new Error("every registered origin is in use");
    const site = await startSite({ ...this.#servers, listener, profiled, echoGuard });
    const login = new LoginPage(browser, authorizationServer.origin);
    return await Contender.strongroom(name, browser, site, login, ada);
  }

  get #servers() {
    return { authorizationServer: this.authorizationServer, api: this.api };
  }

  async #listen(): Promise<Listener> {
    const listener = await listen();
    this.listeners.push(listener);
    return listener;
  }
}
