import type { JWTPayload } from "jose";
import { EndpointControl, type EndpointRequest } from "./endpoint-control.js";
import type { RotationPolicy } from "./refresh-token-rotation.js";

/** Settings for the tokens of the next token response. Lifetimes are seconds. */
export interface TokenSettings {
  /** Also the response's `expires_in`. */
  accessTokenLifetime: number;
  idTokenLifetime: number;
  /** Counted from sign-in, however often the token is rotated. */
  refreshTokenLifetime: number;
  /** `null`: the response to a refresh has no new refresh token, which is Cognito's default. */
  rotation: RotationPolicy | null;
  /** Changes claims before they are signed. */
  changeAccessTokenClaims: (claims: JWTPayload) => JWTPayload;
  /** Changes claims before they are signed. */
  changeIdTokenClaims: (claims: JWTPayload) => JWTPayload;
  /** Changes the JSON of a successful response. */
  changeTokenResponse: (response: Record<string, unknown>) => Record<string, unknown>;
}

/** A new app client of Cognito. */
export const defaultTokenSettings: Readonly<TokenSettings> = {
  accessTokenLifetime: 3600,
  idTokenLifetime: 3600,
  refreshTokenLifetime: 30 * 24 * 3600,
  rotation: null,
  changeAccessTokenClaims: (claims) => claims,
  changeIdTokenClaims: (claims) => claims,
  changeTokenResponse: (response) => response,
};

/** Every secret that left the authorization server, for tests that search for them where they must not be. */
export interface Issued {
  readonly accessTokens: string[];
  readonly idTokens: string[];
  readonly refreshTokens: string[];
  readonly codes: string[];
  /** Made by the client, which sends them with the code. */
  readonly codeVerifiers: string[];
}

/**
 * What tests may change and see, in the server's own process: nothing of it is reachable over HTTP, and nothing is
 * recorded unless the server was started with `testing: true`.
 */
export class AuthorizationServerTesting {
  readonly settings: TokenSettings = { ...defaultTokenSettings };
  /** Faults and holds of `/oauth2/token`. */
  readonly tokenEndpoint = new EndpointControl();
  /** Faults and holds of `/oauth2/revoke`. */
  readonly revocationEndpoint = new EndpointControl();
  readonly issued: Issued = {
    accessTokens: [],
    idTokens: [],
    refreshTokens: [],
    codes: [],
    codeVerifiers: [],
  };
  /** The query of each request to `/oauth2/authorize`. */
  readonly authorizationRequests: Record<string, string>[] = [];

  constructor(
    /** Cognito's global sign-out: the user's refresh tokens end, the browser sessions at the login page do not. */
    readonly signOutEverywhere: (username: string) => Promise<void>,
    /** Ends all browser sessions at the login page, as if their hour were over. Tokens stay valid. */
    readonly endBrowserSessions: () => Promise<void>,
  ) {}

  get tokenRequests(): readonly EndpointRequest[] {
    return this.tokenEndpoint.requests;
  }

  get revocationRequests(): readonly EndpointRequest[] {
    return this.revocationEndpoint.requests;
  }

  /** Back to the defaults, records emptied. Sessions and tokens stay. */
  reset(): void {
    Object.assign(this.settings, defaultTokenSettings);
    this.tokenEndpoint.reset();
    this.revocationEndpoint.reset();
    for (const list of [...Object.values(this.issued), this.authorizationRequests]) list.length = 0;
  }
}
