import { exportJWK, generateKeyPair } from "jose";
import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import { type AllowedUrls, isAllowed } from "./allowed-urls.js";
import { sendErrorPage } from "./login-pages.js";
import type { RefreshTokenRotation } from "./refresh-token-rotation.js";
import { paths } from "./user-pool.js";
import { findUser, type User } from "./users.js";

export interface OidcOptions {
  issuer: string;
  clientId: string;
  scopes: readonly string[];
  redirectUris: AllowedUrls;
  /** In seconds. */
  refreshTokenLifetime: () => number;
  rotation: RefreshTokenRotation;
}

/** The protocol underneath the Cognito-shaped surface: codes, PKCE, sessions, grants, opaque tokens. */
export interface Oidc {
  provider: Provider;
  /** Ends everything that was granted to the user: codes and refresh tokens. */
  revokeGrantsOf(user: User): Promise<void>;
  endBrowserSessions(): Promise<void>;
}

export async function createOidc(options: OidcOptions): Promise<Oidc> {
  const { issuer, clientId, scopes, redirectUris, refreshTokenLifetime, rotation } = options;
  const { Provider, errors, interactionPolicy } = await library;

  // Cognito asks for no consent.
  const policy = interactionPolicy.base();
  policy.remove("consent");

  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwks = { keys: [await exportJWK(privateKey)] };
  /** By the user's `sub`. */
  const grantIds = new Map<string, Set<string>>();

  async function grantEverything({ oidc }: KoaContextWithOIDC) {
    const { account, client, params } = oidc;
    const grant = new provider.Grant({ accountId: account?.accountId, clientId: client?.clientId });
    grant.addOIDCScope(String(params?.scope ?? ""));
    const grantId = await grant.save();
    const sub = account?.accountId ?? "";
    grantIds.set(sub, (grantIds.get(sub) ?? new Set()).add(grantId));
    return grant;
  }

  const provider: Provider = withoutKnownWarnings(
    () =>
      new Provider(issuer, {
        jwks,
        clients: [
          {
            client_id: clientId,
            token_endpoint_auth_method: "none",
            grant_types: ["authorization_code", "refresh_token"],
            // The library requires at least one. `redirectUriAllowed` below decides.
            redirect_uris: redirectUris === "loopback" ? ["http://localhost/"] : [...redirectUris],
            scope: scopes.join(" "),
            id_token_signed_response_alg: "ES256",
          },
        ],
        scopes: [...scopes],
        clientAuthMethods: ["none"],
        responseTypes: ["code"],
        routes: { authorization: paths.authorization, token: paths.token, revocation: paths.revocation },
        features: {
          devInteractions: { enabled: false },
          dPoP: { enabled: false },
          pushedAuthorizationRequests: { enabled: false },
          resourceIndicators: { enabled: false },
          rpInitiatedLogout: { enabled: false },
          userinfo: { enabled: false },
          revocation: {
            enabled: true,
            allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
          },
        },
        cookies: { names: { session: "cognito", interaction: "login", resume: "login-resume" } },
        ttl: {
          AccessToken: 3600,
          AuthorizationCode: 5 * 60,
          // A refresh token ends with its grant, so this is the longest lifetime that Cognito accepts for one.
          Grant: 10 * 365 * 24 * 3600,
          IdToken: 3600,
          Interaction: 3600,
          RefreshToken: refreshTokenLifetime,
          Session: 3600,
        },
        // About the length of Cognito's refresh tokens, so that long ones are tested.
        formats: {
          bitsOfOpaqueRandomness: (_ctx, token) => (token.kind === "RefreshToken" ? 1700 * 6 : 256),
        },
        interactions: { policy, url: (_ctx, { uid }) => `/login/${uid}` },
        // Each sign-in has a grant of its own, so that ending one does not end the others.
        loadExistingGrant: grantEverything,
        findAccount: (_ctx, sub) => (findUser(sub) ? { accountId: sub, claims: () => ({ sub }) } : undefined),
        issueRefreshToken: () => true,
        // A sign-out at the login page does not end refresh tokens.
        expiresWithSession: () => false,
        rotateRefreshToken({ oidc }) {
          if (oidc.entities.RefreshToken) rotation.check(oidc.entities.RefreshToken, errors);
          return false;
        },
        renderError: (ctx, { error, error_description }) =>
          sendErrorPage(
            ctx,
            ctx.status,
            `${error_description ?? "The request was not understood"} (${error}).`,
          ),
      }),
  );

  provider.Client.prototype.redirectUriAllowed = (uri: string) => isAllowed(redirectUris, uri);

  const sessionIds = new Set<string>();
  provider.on("session.saved", ({ jti }) => void sessionIds.add(jti));

  return {
    provider,
    async revokeGrantsOf({ sub }) {
      for (const id of grantIds.get(sub) ?? []) await (await provider.Grant.find(id))?.destroy();
      grantIds.delete(sub);
    },
    async endBrowserSessions() {
      for (const id of sessionIds) await (await provider.Session.find(id))?.destroy();
      sessionIds.clear();
    },
  };
}

/** Loaded once, because it prints warnings while it loads. */
const library = withoutKnownWarnings(() => import("oidc-provider"));

/**
 * Hides two warnings of oidc-provider that are meant for production servers: this server keeps its state in memory on purpose, and the
 * parts that it uses work on Node.js 20. Other warnings are still printed.
 */
function withoutKnownWarnings<T>(run: () => T): T {
  const { warn } = console;
  const known =
    /oidc-provider WARNING: (Unsupported runtime|a quick start development-only in-memory adapter)/;
  console.warn = (...message: unknown[]) => {
    if (!known.test(String(message[0]))) warn(...message);
  };
  const restore = () => {
    console.warn = warn;
  };
  const result = run();
  if (result instanceof Promise) result.finally(restore);
  else restore();
  return result;
}
