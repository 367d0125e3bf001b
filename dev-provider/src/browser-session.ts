import { text } from "node:stream/consumers";
import type { Context } from "koa";
import type { Provider } from "oidc-provider";
import { type AllowedUrls, isAllowed } from "./allowed-urls.js";
import { sendErrorPage, sendLoginForm } from "./login-pages.js";
import { authenticate, type User } from "./users.js";

/** Koa handler of `/login/:uid`. Each sign-in has its own path and so its own cookie, which keeps tabs apart. */
export function loginForm(provider: Provider, hint: User | undefined) {
  return async (ctx: Context): Promise<void> => {
    const interaction = await provider.interactionDetails(ctx.req, ctx.res).catch(() => undefined);
    if (!interaction)
      return sendErrorPage(ctx, 400, "This sign-in is over: it was finished, or took too long.");
    const redirectOrigin = new URL(String(interaction.params.redirect_uri)).origin;

    if (ctx.method !== "POST") {
      return sendLoginForm(ctx, {
        username: String(interaction.params.login_hint ?? ""),
        hint,
        redirectOrigin,
      });
    }
    const form = await readForm(ctx);
    if (!form) return sendErrorPage(ctx, 413, "The form was too long.");
    if (form.get("action") === "cancel") {
      const error = { error: "access_denied", error_description: "User cancelled the sign-in" };
      return seeOther(
        ctx,
        await provider.interactionResult(ctx.req, ctx.res, error, { mergeWithLastSubmission: false }),
      );
    }
    const username = form.get("username") ?? "";
    const user = authenticate(username, form.get("password") ?? "");
    if (!user) {
      ctx.status = 400;
      return sendLoginForm(ctx, {
        username,
        problem: "Incorrect user name or password.",
        hint,
        redirectOrigin,
      });
    }
    const resume = await provider.interactionResult(ctx.req, ctx.res, { login: { accountId: user.sub } });
    await forgetOtherUser(provider, ctx, user);
    seeOther(ctx, resume);
  };
}

/** Koa handler of `/logout?client_id&logout_uri`. Does not end refresh tokens, which are revoked. */
export function logout(
  provider: Provider,
  { clientId, signOutUris }: { clientId: string; signOutUris: AllowedUrls },
) {
  return async (ctx: Context): Promise<void> => {
    const { searchParams } = ctx.URL;
    const signOutUri = searchParams.get("logout_uri") ?? "";
    if (searchParams.get("client_id") !== clientId)
      return sendErrorPage(ctx, 400, "The client_id is unknown.");
    if (!isAllowed(signOutUris, signOutUri))
      return sendErrorPage(ctx, 400, "The logout_uri is not one of the app client's.");

    const session = await provider.Session.get(ctx);
    await session.destroy();
    ctx.cookies.set(provider.cookieName("session"), null);
    ctx.redirect(signOutUri);
  };
}

/** Otherwise oidc-provider shows its own sign-out form if the browser has a session of another user. */
async function forgetOtherUser(provider: Provider, ctx: Context, user: User): Promise<void> {
  const session = await provider.Session.get(ctx);
  if (!session.accountId || session.accountId === user.sub) return;
  session.accountId = undefined;
  session.authorizations = undefined;
  await session.persist();
}

/** The form's fields, unless it is longer than any that this server sends. */
async function readForm(ctx: Context): Promise<URLSearchParams | undefined> {
  return ctx.request.length !== undefined && ctx.request.length <= 8192
    ? new URLSearchParams(await text(ctx.req))
    : undefined;
}

function seeOther(ctx: Context, target: string): void {
  ctx.status = 303;
  ctx.redirect(target);
}
