import type { Context, Next } from "koa";
import { type AllowedUrls, isAllowed } from "./allowed-urls.js";
import type { Issued } from "./authorization-server-testing.js";

/** Koa middleware before oidc-provider's authorization endpoint: takes out `iss` (RFC 9207), which Cognito does not send. */
export function cognitoAuthorizationResponse(redirectUris: AllowedUrls, issued: Issued | undefined) {
  return async (ctx: Context, next: Next): Promise<void> => {
    await next();
    const target: string | undefined = ctx.response.get("Location");
    if (!target || !isAllowed(redirectUris, target.split(/[?#]/)[0] ?? "")) return;

    const response = new URL(target);
    response.searchParams.delete("iss");
    ctx.set("Location", response.href);
    // With `response_mode=fragment`, it is in the fragment.
    const code = response.searchParams.get("code") ?? new URLSearchParams(response.hash.slice(1)).get("code");
    if (code) issued?.codes.push(code);
  };
}
