import type { Context, Next } from "koa";
import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import type { Issued, TokenSettings } from "./authorization-server-testing.js";
import type { CognitoTokens } from "./cognito-tokens.js";
import type { RefreshTokenRotation } from "./refresh-token-rotation.js";
import { findUser } from "./users.js";

export interface TokenEndpointOptions {
  provider: Provider;
  tokens: CognitoTokens;
  settings: Readonly<TokenSettings>;
  rotation: RefreshTokenRotation;
  issued: Issued | undefined;
}

/** Koa middleware before oidc-provider's token endpoint. oidc-provider decides whether to grant; the response is shaped as Cognito's. */
export function cognitoTokenResponse({ provider, tokens, settings, rotation, issued }: TokenEndpointOptions) {
  return async (ctx: Context, next: Next): Promise<void> => {
    await next();
    if (ctx.status !== 200) return;

    const { oidc } = ctx as KoaContextWithOIDC;
    const { AuthorizationCode, AccessToken, RefreshToken, Client } = oidc.entities;
    const source = AuthorizationCode ?? RefreshToken;
    const user = findUser(source?.accountId ?? "");
    if (!source || !RefreshToken || !Client || !user)
      throw new Error("oidc-provider granted tokens to nobody");

    const scope = AccessToken?.scope ?? "";
    const subject = {
      user,
      scope,
      authTime: source.authTime ?? 0,
      originJti: source.grantId ?? "",
      nonce: AuthorizationCode?.nonce,
    };
    const accessToken = await tokens.accessToken(subject, settings);
    const idToken = scope.split(" ").includes("openid")
      ? await tokens.idToken(subject, accessToken, settings)
      : undefined;
    let refreshToken: string | undefined;
    if (AuthorizationCode) refreshToken = RefreshToken.jti;
    else if (settings.rotation)
      refreshToken = await rotation.rotate(provider, Client, RefreshToken, settings.rotation);

    const codeVerifier = oidc.body?.code_verifier;
    if (typeof codeVerifier === "string") issued?.codeVerifiers.push(codeVerifier);
    issued?.accessTokens.push(accessToken);
    if (idToken) issued?.idTokens.push(idToken);
    if (refreshToken) issued?.refreshTokens.push(refreshToken);

    ctx.body = settings.changeTokenResponse({
      ...(idToken ? { id_token: idToken } : {}),
      access_token: accessToken,
      ...(refreshToken ? { refresh_token: refreshToken } : {}),
      expires_in: settings.accessTokenLifetime,
      token_type: "Bearer",
    });
  };
}

/** Koa middleware before the token and revocation endpoints: Cognito's errors are a 400 with `error` and nothing else. */
export async function cognitoErrorResponse(ctx: Context, next: Next): Promise<void> {
  // oidc-provider would respond with HTML to a request that prefers it.
  ctx.request.headers.accept = "application/json";
  await next();
  if (ctx.status < 400 || ctx.status >= 500) return;
  const { error = "invalid_request" } = (ctx.body ?? {}) as { error?: string };
  ctx.status = 400;
  ctx.body = { error };
}
