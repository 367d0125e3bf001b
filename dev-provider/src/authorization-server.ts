import cors from "@koa/cors";
import Router from "@koa/router";
import type { AllowedUrls } from "./allowed-urls.js";
import { cognitoAuthorizationResponse } from "./authorization-response.js";
import { AuthorizationServerTesting, defaultTokenSettings } from "./authorization-server-testing.js";
import { loginForm, logout } from "./browser-session.js";
import { createCognitoTokens } from "./cognito-tokens.js";
import { sendErrorPage } from "./login-pages.js";
import type { Listener } from "./loopback.js";
import { createOidc, type Oidc } from "./oidc.js";
import { RefreshTokenRotation } from "./refresh-token-rotation.js";
import { cognitoErrorResponse, cognitoTokenResponse } from "./token-endpoint.js";
import { endpointsAt, paths, userPool } from "./user-pool.js";
import { findUserByName, type User } from "./users.js";

/** A name that browsers resolve to this machine. */
export type LoopbackName = "localhost" | `${string}.localhost` | "127.0.0.1";

export interface AuthorizationServerOptions {
  listener: Listener;
  /**
   * The name browsers know the server by. `localhost` (default) is same-site with an app on `localhost`, as a custom
   * domain of Cognito is; `127.0.0.1` is cross-site, as an `amazoncognito.com` domain is. A host below `localhost` is same-site with
   * its siblings.
   */
  hostname?: LoopbackName;
  /**
   * The user pool's issuer type. The tokens then name the pool's issuer at AWS, so an app whose vault is configured with `cognito`
   * can sign in here. Default: an issuer at `hostname`, for apps that are configured with `provider`.
   */
  issuerType?: "ORIGINAL" | "UPDATED";
  /** Where the browser may be sent after sign-in. */
  redirectUris: AllowedUrls;
  /** Where the browser may be sent after sign-out. */
  signOutUris: AllowedUrls;
  /** Scopes of the app client in addition to those of the user pool. */
  moreScopes?: readonly string[];
  /** A user whose name and password the login page shows. */
  hint?: User;
  /** Adds the `testing` handle, which can break everything a test wants broken. */
  testing?: boolean;
}

/** A local authorization server that responds as a Cognito user pool with its login domain does. */
export interface AuthorizationServer {
  origin: string;
  issuer: string;
  clientId: string;
  endpoints: { authorization: string; token: string; revocation: string; logout: string; jwks: string };
  testing?: AuthorizationServerTesting;
  close(): Promise<void>;
}

export function startAuthorizationServer(
  options: AuthorizationServerOptions & { testing: true },
): Promise<AuthorizationServer & { testing: AuthorizationServerTesting }>;
export function startAuthorizationServer(options: AuthorizationServerOptions): Promise<AuthorizationServer>;
export async function startAuthorizationServer(
  options: AuthorizationServerOptions,
): Promise<AuthorizationServer> {
  const { listener, hostname = "localhost", redirectUris, signOutUris, moreScopes = [], hint } = options;
  const { id: poolId, clientId } = userPool;
  const scopes = [...userPool.scopes, ...moreScopes];
  const origin = `http://${hostname}:${listener.port}`;
  const local = `${origin}/${poolId}`;
  const issuer = options.issuerType ? issuerAtAws(options.issuerType) : local;
  const endpoints = {
    ...endpointsAt(origin),
    jwks: `${local}/.well-known/jwks.json`,
  };

  const rotation = new RefreshTokenRotation();
  const oidc = await createOidc({
    issuer,
    clientId,
    scopes,
    redirectUris,
    refreshTokenLifetime: () => settings.refreshTokenLifetime,
    rotation,
  });
  const testing = options.testing ? createTesting(oidc) : undefined;
  const settings = testing?.settings ?? defaultTokenSettings;
  const tokens = await createCognitoTokens(issuer, clientId);
  const { provider } = oidc;

  // Cognito sends this header with every page, redirects included. So tests see what it does to a silent sign-in in a frame.
  provider.use(async (ctx, next) => {
    ctx.set("X-Frame-Options", "DENY");
    await next();
  });

  const router = new Router();
  const anyOrigin = cors({ origin: "*", allowMethods: "POST" });
  router
    .get(paths.authorization, (ctx, next) => {
      testing?.authorizationRequests.push(Object.fromEntries(ctx.URL.searchParams));
      return next();
    })
    .get(
      [paths.authorization, `${paths.authorization}/:uid`],
      cognitoAuthorizationResponse(redirectUris, testing?.issued),
    )
    .all(paths.token, anyOrigin)
    .all(paths.revocation, anyOrigin);
  if (testing) {
    router.post(paths.token, testing.tokenEndpoint.middleware);
    router.post(paths.revocation, testing.revocationEndpoint.middleware);
  }
  router
    .post([paths.token, paths.revocation], cognitoErrorResponse)
    .post(
      paths.token,
      cognitoTokenResponse({ provider, tokens, settings, rotation, issued: testing?.issued }),
    )
    .all("/login/:uid", loginForm(provider, hint))
    .get(paths.logout, logout(provider, { clientId, signOutUris }))
    .get(`/${poolId}/.well-known/jwks.json`, (ctx) => {
      ctx.body = tokens.jwks;
    })
    .get(`/${poolId}/.well-known/openid-configuration`, (ctx) => {
      ctx.body = {
        issuer,
        authorization_endpoint: endpoints.authorization,
        token_endpoint: endpoints.token,
        revocation_endpoint: endpoints.revocation,
        end_session_endpoint: endpoints.logout,
        jwks_uri: endpoints.jwks,
        scopes_supported: scopes,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        token_endpoint_auth_methods_supported: ["none"],
        code_challenge_methods_supported: ["S256"],
      };
    });
  provider.use(router.routes());

  // oidc-provider has endpoints that Cognito lacks.
  provider.use((ctx, next) =>
    ctx.path.startsWith("/oauth2/") ? next() : sendErrorPage(ctx, 404, "There is no such page."),
  );

  listener.serve(provider.callback());
  return {
    origin,
    issuer,
    clientId,
    endpoints,
    ...(testing ? { testing } : {}),
    async close() {
      testing?.reset();
      await listener.close();
    },
  };
}

/** `IssuerConfigurationType` in the API reference of Amazon Cognito. */
function issuerAtAws(type: "ORIGINAL" | "UPDATED"): string {
  const host = type === "UPDATED" ? "issuer-cognito-idp" : "cognito-idp";
  return `https://${host}.${userPool.region}.amazonaws.com/${userPool.id}`;
}

function createTesting(oidc: Oidc): AuthorizationServerTesting {
  return new AuthorizationServerTesting(async (username) => {
    const user = findUserByName(username);
    if (!user) throw new Error(`There is no user ${username}.`);
    await oidc.revokeGrantsOf(user);
  }, oidc.endBrowserSessions);
}
