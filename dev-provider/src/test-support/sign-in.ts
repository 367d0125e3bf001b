import { createHash, randomBytes } from "node:crypto";
import type { AuthorizationServer } from "../authorization-server.js";
import { userPool } from "../user-pool.js";
import { ada, type User } from "../users.js";
import { CookieClient } from "./cookie-client.js";

export interface TokenResponse {
  id_token: string;
  access_token: string;
  refresh_token?: string;
  expires_in: number;
  token_type: string;
}

/** One authorization request, with what only its sender knows. */
export interface AuthorizationRequest {
  url: URL;
  state: string;
  nonce: string;
  verifier: string;
}

/** The app's side of the protocol and the user's browser, over real HTTP. */
export class TestApp {
  readonly browser = new CookieClient();

  constructor(
    readonly server: Pick<AuthorizationServer, "endpoints" | "clientId">,
    readonly redirectUri: string,
  ) {}

  /** `undefined` in `overrides` leaves a parameter out. */
  authorizationRequest(overrides: Record<string, string | undefined> = {}): AuthorizationRequest {
    const [state, nonce, verifier] = [random(), random(), random()];
    const params = {
      response_type: "code",
      client_id: this.server.clientId,
      redirect_uri: this.redirectUri,
      scope: userPool.scopes.join(" "),
      state,
      nonce,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      ...overrides,
    };
    const url = new URL(this.server.endpoints.authorization);
    for (const [name, value] of Object.entries(params))
      if (value !== undefined) url.searchParams.set(name, value);
    return { url, state, nonce, verifier };
  }

  /** Follows the redirects of `response` up to the login form or the callback, and says where they ended. */
  async follow(response: Response): Promise<URL> {
    for (let current = response; ; ) {
      const location = current.headers.get("location");
      if (!location) throw new Error(`${current.url} responded with ${current.status} and no redirect`);
      const target = new URL(location, current.url);
      if (target.href.startsWith(this.redirectUri) || target.pathname.startsWith("/login/")) return target;
      current = await this.browser.get(target);
    }
  }

  /** Opens the login form and sends it; returns the URL of the callback. */
  async fillIn(request: AuthorizationRequest, user: Pick<User, "username" | "password">): Promise<URL> {
    const form = await this.follow(await this.browser.get(request.url));
    const { username, password } = user;
    return this.follow(await this.browser.post(form, { username, password, action: "sign-in" }));
  }

  async signIn(user: User = ada, overrides: Record<string, string> = {}): Promise<TokenResponse> {
    const request = this.authorizationRequest(overrides);
    const callback = await this.fillIn(request, user);
    const response = await this.exchange(callback.searchParams.get("code") ?? "", request.verifier);
    return (await response.json()) as TokenResponse;
  }

  exchange(code: string, code_verifier: string): Promise<Response> {
    const { clientId: client_id } = this.server;
    return this.#postForm(this.server.endpoints.token, {
      grant_type: "authorization_code",
      client_id,
      redirect_uri: this.redirectUri,
      code,
      code_verifier,
    });
  }

  refresh(refresh_token = ""): Promise<Response> {
    const { clientId: client_id } = this.server;
    return this.#postForm(this.server.endpoints.token, {
      grant_type: "refresh_token",
      client_id,
      refresh_token,
    });
  }

  revoke(token = ""): Promise<Response> {
    return this.#postForm(this.server.endpoints.revocation, { client_id: this.server.clientId, token });
  }

  /** As the worker does: from the app's origin, without cookies. */
  #postForm(url: string, fields: Record<string, string>): Promise<Response> {
    const origin = new URL(this.redirectUri).origin;
    return fetch(url, { method: "POST", body: new URLSearchParams(fields), headers: { origin } });
  }
}

function random(): string {
  return randomBytes(32).toString("base64url");
}
