import { createHash } from "node:crypto";
import type { Context } from "koa";
import type { User } from "./users.js";

export interface LoginForm {
  username: string;
  /** Why the last attempt failed. */
  problem?: string;
  /** A user whose name and password the page shows. */
  hint?: User | undefined;
  /** The origin to which the browser returns after the form. */
  redirectOrigin: string;
}

/** Responds with the login form. */
export function sendLoginForm(ctx: Context, { username, problem, hint, redirectOrigin }: LoginForm): void {
  const userKnown = username !== "";
  sendPage(ctx, {
    title: "Sign in",
    // Chromium applies form-action to the redirects that follow the form too, up to the app's callback.
    formAction: `'self' ${redirectOrigin}`,
    body: `
      ${problem === undefined ? "" : `<p class="problem" role="alert" id="problem">${escapeHtml(problem)}</p>`}
      <form method="post">
        <label for="username">User name</label>
        <input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required
          value="${escapeHtml(username)}"${userKnown ? "" : " autofocus"}>
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required
          ${userKnown ? " autofocus" : ""}${problem === undefined ? "" : ' aria-describedby="problem"'}>
        <button type="submit" name="action" value="sign-in">Sign in</button>
        <button type="submit" name="action" value="cancel" class="quiet" formnovalidate>Cancel</button>
      </form>
      ${hint ? `<p class="hint">Test user: <code>${escapeHtml(hint.username)}</code>, password <code>${escapeHtml(hint.password)}</code></p>` : ""}`,
  });
}

/** Responds with a page that says what went wrong and what to do. */
export function sendErrorPage(ctx: Context, status: number, message: string): void {
  ctx.status = status;
  sendPage(ctx, {
    title: "This did not work",
    formAction: "'none'",
    body: `<p class="problem" role="alert">${escapeHtml(message)}</p>
      <p>Go back to the app and start again from there.</p>`,
  });
}

function sendPage(
  ctx: Context,
  { title, body, formAction }: { title: string; body: string; formAction: string },
): void {
  ctx.type = "html";
  ctx.set({
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": `default-src 'none'; style-src '${styleHash}'; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`,
  });
  ctx.body = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} · Local user pool</title>
    <style>${style}</style>
  </head>
  <body>
    <main>
      <p class="pool">Local user pool</p>
      <h1>${title}</h1>
      ${body}
    </main>
  </body>
</html>
`;
}

const style = `
  :root {
    color-scheme: light dark;
    --page: light-dark(#eef0f4, #15171c);
    --card: light-dark(#fff, #1f2229);
    --text: light-dark(#1b1e24, #eceef2);
    --soft: light-dark(#5a6170, #a5acba);
    --line: light-dark(#8a91a0, #6b7280);
    --accent: light-dark(#2450b8, #9db8ff);
    --on-accent: light-dark(#fff, #10182c);
    --problem: light-dark(#a3191f, #ffb3b0);
    --problem-card: light-dark(#fdecec, #3a1d1f);
  }
  * { box-sizing: border-box; }
  body {
    margin: 0; min-height: 100vh; padding: 1rem; display: grid; place-items: center;
    background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif;
  }
  main { width: 100%; max-width: 24rem; padding: 2rem 1.75rem; border-radius: .75rem; background: var(--card); box-shadow: 0 1px 3px #0003, 0 8px 24px #0001; }
  h1 { margin: 0 0 1.25rem; font-size: 1.5rem; line-height: 1.2; }
  .pool { margin: 0 0 .25rem; color: var(--soft); font-size: .875rem; }
  label { display: block; margin-bottom: .25rem; font-weight: 600; font-size: .875rem; }
  input, button { width: 100%; min-height: 2.75rem; border-radius: .5rem; font: inherit; }
  input { margin-bottom: 1rem; padding: .5rem .75rem; border: 1px solid var(--line); background: transparent; color: inherit; }
  button { margin-top: .5rem; border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent); font-weight: 600; cursor: pointer; }
  button.quiet { background: transparent; color: var(--accent); }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
  .problem { margin: 0 0 1rem; padding: .625rem .75rem; border-radius: .5rem; background: var(--problem-card); color: var(--problem); }
  .hint { margin: 1.25rem 0 0; color: var(--soft); font-size: .875rem; }
  code { font-family: ui-monospace, monospace; color: var(--text); white-space: nowrap; }
`;

const styleHash = `sha256-${createHash("sha256").update(style).digest("base64")}`;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
