/** The argument of `strongroom.start`. What is wrong in it is named, with the remedy, by the error that `start` throws. */
export type VaultConfig = (CognitoConfig | ProviderConfig) & {
  /** The scopes to ask for; `"openid"` must be among them. */
  scopes: string[];
  /** The APIs whose requests get the token. */
  api: ApiConfig[];
  /**
   * The scope of the service worker's registration and the app's root, such as `"/app/"`: where sign-out and refused
   * callbacks lead. Default: the folder of the worker script. Another one needs `connect({ scope })` too, and, above the
   * script's folder, the header `Service-Worker-Allowed`.
   */
  scope?: string;
  /**
   * The path of the worker's own endpoints, within `scope`. Default: `<scope>auth`, which is `"/auth"` for a script at the
   * origin's root. The redirect URI to register is `<origin><basePath>/callback`.
   */
  basePath?: string;
  /** The ID-token claims a page may see. Default: `["sub", "email", "cognito:groups"]`. */
  sessionClaims?: string[];
  /**
   * How a session comes back once every copy of it is gone: `"redirect"` sends the page to the authorization server and
   * back, `"none"` ends the session. Default: `"redirect"`.
   */
  recovery?: "redirect" | "none";
  /** What an API request gets when nobody is signed in: sent as it is, or a 401 made by the worker. Default: `"pass"`. */
  unauthenticated?: "pass" | "reject";
  /** Writes what happens to the session to the worker's console, a line each and nothing secret. Default: `false`. */
  debug?: boolean;
};

/** An Amazon Cognito user pool: every endpoint follows from these four. */
export interface CognitoConfig {
  cognito: {
    /** For example `"eu-central-1"`. */
    region: string;
    /** For example `"eu-central-1_AbCdEfGhI"`. */
    userPoolId: string;
    /** The public app client's ID. */
    clientId: string;
    /** The login domain, for example `"https://auth.example.com"`. */
    domain: string;
  };
  provider?: never;
}

/** Any OpenID provider with a public client, by the names of its discovery document. */
export interface ProviderConfig {
  provider: {
    issuer: string;
    authorizationEndpoint: string;
    tokenEndpoint: string;
    revocationEndpoint?: string;
    logoutEndpoint?: string;
    clientId: string;
  };
  cognito?: never;
}

/** One API. */
export interface ApiConfig {
  /** The token goes to this URL and to paths below it. An absolute URL, or a path of the app's own origin. */
  url: string;
  /** Which token. Default: `"access"`. */
  token?: "access" | "id";
  /**
   * What becomes of a request that the API redirects: a browser takes the token along to any path of the same origin.
   * `"error"`: it gets a 502 with the code `redirect_refused`. Default: `"follow"` if `url` is a whole origin, otherwise
   * `"error"`.
   */
  redirect?: "error" | "follow";
  /** What a request gets when nobody is signed in. Default: what the configuration's own `unauthenticated` says. */
  unauthenticated?: "pass" | "reject";
}
