/**
 * The configuration of the vault: the argument of `strongroom.start` and of `defineVault`. For an invalid key, `start` throws an error
 * that names the key and the fix.
 *
 * @example
 * ```ts
 * import type { VaultConfig } from "strongroom";
 *
 * export const config: VaultConfig = {
 *   cognito: {
 *     region: "eu-central-1",
 *     userPoolId: "eu-central-1_AbCdEfGhI",
 *     clientId: "1example23456789",
 *     domain: "https://auth.example.com",
 *   },
 *   scopes: ["openid", "email", "api/read"],
 *   api: [{ url: "https://api.example.com/v1/" }],
 * };
 * ```
 */
export type VaultConfig = (CognitoConfig | ProviderConfig) & {
  /** The scopes to request. Must include `"openid"`. */
  scopes: string[];
  /** The APIs whose requests get a token. */
  api: ApiConfig[];
  /**
   * The service worker's scope, such as `"/app/"`. It is also the app's root, to which users return after a sign-out or a refused callback.
   * Default: the worker script's folder. If it is another path, pass it to `connect({ scope })` too. If it is above that folder, also send
   * the header `Service-Worker-Allowed`.
   */
  scope?: string;
  /**
   * The path of the worker's own endpoints, inside `scope`. Default: `<scope>auth`, which is `"/auth"` for a script at the root.
   * Register the redirect URI `<origin><basePath>/callback`.
   */
  basePath?: string;
  /** The ID-token claims that pages may read. Default: `["sub", "email", "cognito:groups"]`. */
  sessionClaims?: string[];
  /**
   * What to do when every copy of a session is gone. `"redirect"` recovers it by a redirect to the authorization server and back. `"none"`
   * ends it. Default: `"redirect"`.
   */
  recovery?: "redirect" | "none";
  /** What to do with API requests while the user is signed out: `"pass"` sends them unchanged, `"reject"` responds with 401. Default: `"pass"`. */
  unauthenticated?: "pass" | "reject";
  /**
   * The origins of the apps that use this vault, such as `["https://app.example.com"]`. This setting makes the worker's origin a vault
   * origin, which serves the files of `strongroom init --vault-origin` and nothing else. Only these apps can embed the vault and use the
   * session, and users return only to them after a sign-in. They must be same-site with the vault. With `apps`, `scope` must be `"/"`, and
   * each `api[].url` absolute.
   */
  apps?: string[];
  /**
   * Where to keep the session. `"memory"` keeps it in workers' memory only. `"device"` also stores the refresh token, encrypted, on the
   * vault's origin, so that users stay signed in after a restart of the browser. It requires `apps`, because injected script could use what
   * is stored on an app's own origin. Default: `"memory"`.
   */
  remember?: "memory" | "device";
  /**
   * For how many days after the sign-in the vault may use a stored session, from 1 to 400. Use does not extend it, and the authorization
   * server may end it sooner. Requires `remember: "device"`. Default: `30`.
   */
  rememberFor?: number;
  /** Logs session events, which contain no secrets, to the worker's console. Default: `false`. */
  debug?: boolean;
};

/**
 * An Amazon Cognito user pool. The endpoints follow from these four values.
 *
 * @example
 * ```ts
 * import type { CognitoConfig } from "strongroom";
 *
 * export const signIn: CognitoConfig = {
 *   cognito: {
 *     region: "eu-central-1",
 *     userPoolId: "eu-central-1_AbCdEfGhI",
 *     clientId: "1example23456789",
 *     domain: "https://auth.example.com",
 *   },
 * };
 * ```
 */
export interface CognitoConfig {
  cognito: {
    /** The pool's Region, for example `"eu-central-1"`. */
    region: string;
    /** The pool's ID, for example `"eu-central-1_AbCdEfGhI"`. */
    userPoolId: string;
    /** The ID of a public app client. */
    clientId: string;
    /** The domain of the login pages, for example `"https://auth.example.com"`. */
    domain: string;
  };
  provider?: never;
}

/**
 * Any OpenID provider with a public client. Copy the values from the provider's discovery document; the vault does not read it.
 *
 * @example
 * ```ts
 * import type { ProviderConfig } from "strongroom";
 *
 * export const signIn: ProviderConfig = {
 *   provider: {
 *     issuer: "https://login.example.com",
 *     authorizationEndpoint: "https://login.example.com/authorize",
 *     tokenEndpoint: "https://login.example.com/token",
 *     clientId: "app",
 *   },
 * };
 * ```
 */
export interface ProviderConfig {
  provider: {
    /** `issuer` of the discovery document, unchanged. It must equal `iss` of the ID tokens. */
    issuer: string;
    /** `authorization_endpoint` of the discovery document. */
    authorizationEndpoint: string;
    /** `token_endpoint` of the discovery document. */
    tokenEndpoint: string;
    /** `revocation_endpoint` of the discovery document. Without it, a sign-out does not revoke the refresh token. */
    revocationEndpoint?: string;
    /** `end_session_endpoint` of the discovery document. Without it, a sign-out does not end the provider's own session. */
    logoutEndpoint?: string;
    /** The ID of a public client. */
    clientId: string;
  };
  cognito?: never;
}

/**
 * An API whose requests get a token.
 *
 * @example
 * ```ts
 * import type { ApiConfig } from "strongroom";
 *
 * export const api: ApiConfig[] = [
 *   { url: "https://api.example.com/v1/" },
 *   { url: "/rest/", token: "id", unauthenticated: "reject" },
 * ];
 * ```
 */
export interface ApiConfig {
  /** Requests to this URL and to paths below it get the token. An absolute URL, or a path of the app's origin. */
  url: string;
  /** Which token the API accepts. Default: `"access"`. */
  token?: "access" | "id";
  /**
   * Whether to follow redirects of the API. If the worker follows one, the browser sends the token to any path of the same origin.
   * `"error"` responds with a 502 and the code `redirect_refused`. Default: `"follow"` if `url` is a whole origin, otherwise `"error"`.
   */
  redirect?: "error" | "follow";
  /** What to do with requests while the user is signed out. Default: the top-level `unauthenticated`. */
  unauthenticated?: "pass" | "reject";
}
