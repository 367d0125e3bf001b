/**
 * Sign-in for Playwright tests of the whole app, with the real worker.
 *
 * @module strongroom/testing/playwright
 */

import type { Page } from "@playwright/test";
import type { Session, SessionStatus, StandardClaims } from "../page/session";

/**
 * Options of {@link waitForSession}.
 *
 * @example
 * ```ts
 * import type { SessionOptions } from "strongroom/testing/playwright";
 *
 * export const options: SessionOptions = { basePath: "/app/auth", timeout: 10_000 };
 * ```
 */
export interface SessionOptions {
  /** The worker's `basePath`. Default: `/auth`. */
  basePath?: string;
  /** Timeout in milliseconds. Default: 30 000. */
  timeout?: number;
}

/**
 * Options of {@link signIn}.
 *
 * @example
 * ```ts
 * import type { SignInOptions } from "strongroom/testing/playwright";
 *
 * export const ada: SignInOptions = {
 *   async form(page) {
 *     await page.getByLabel("Username").fill("ada");
 *     await page.getByLabel("Password").fill(process.env.TEST_PASSWORD ?? "");
 *     await page.getByRole("button", { name: "Sign in" }).click();
 *   },
 * };
 * ```
 */
export interface SignInOptions extends SessionOptions {
  /**
   * Fills in and submits the authorization server's sign-in form, on as many pages as it has. `signIn` does not call it if the
   * authorization server still knows the user and asks for nothing.
   */
  form(page: Page): Promise<void>;
  /** A path of the app to return to. Default: the current path of `page`. */
  returnTo?: string;
}

const DEFAULT_TIMEOUT = 30_000;
const BASE_PATH = "/auth";

/**
 * Signs in at the authorization server in the worker's configuration. Does nothing if a user is signed in.
 *
 * @typeParam Claims The type of `session.user`.
 * @param page A page that shows the app.
 * @param options The sign-in form, and where to return.
 * @returns The session.
 * @throws Error if the sign-in fails, with code and description of `session.error`, or if the timeout expires.
 *
 * @example
 * ```ts
 * import { expect, test } from "@playwright/test";
 * import { signIn, waitForSession } from "strongroom/testing/playwright";
 *
 * test("shows the notes, and signs out", async ({ page }) => {
 *   await page.goto("/notes");
 *   await signIn(page, {
 *     async form(page) {
 *       await page.getByLabel("Username").fill("ada");
 *       await page.getByLabel("Password").fill(process.env.TEST_PASSWORD ?? "");
 *       await page.getByRole("button", { name: "Sign in" }).click();
 *     },
 *   });
 *   await expect(page.getByRole("listitem")).toHaveCount(3);
 *   await page.getByRole("button", { name: "Sign out" }).click();
 *   await waitForSession(page, "anonymous");
 * });
 * ```
 */
export async function signIn<Claims = StandardClaims>(
  page: Page,
  { form, returnTo, basePath = BASE_PATH, timeout = DEFAULT_TIMEOUT }: SignInOptions,
): Promise<Session<Claims>> {
  const deadline = Date.now() + timeout;
  const left = () => Math.max(1, deadline - Date.now());
  const before = await waitFor<Claims>(page, basePath, left(), () => true);
  if (before.status === "authenticated") return before;

  const { origin, href } = new URL(page.url());
  const query = new URLSearchParams({ returnTo: returnTo ?? href.slice(origin.length) });
  await page.goto(`${origin}${basePath}/login?${query}`, { timeout: left() });
  if (new URL(page.url()).origin !== origin) {
    await form(page);
    await page
      .waitForURL((url) => url.origin === origin, { timeout: left() })
      .catch((cause) => {
        throw new Error(
          `signIn: the authorization server did not redirect to ${origin}; the browser is at ${page.url()}. Check that \`form\` submits the form and that the credentials are accepted.`,
          { cause },
        );
      });
  }
  const session = await waitFor<Claims>(
    page,
    basePath,
    left(),
    ({ status, error }) => status === "authenticated" || error !== null,
  );
  if (session.status !== "authenticated") {
    const { code, description } = session.error ?? {};
    throw new Error(`signIn: sign-in failed: ${code} ${description}`);
  }
  return session;
}

/**
 * Waits until the session has this status, for example after a sign-in that the test clicks through itself.
 *
 * @typeParam Claims The type of `session.user`.
 * @param page A page that shows the app by then.
 * @param status The status to wait for.
 * @param options The worker's `basePath`, and a timeout.
 * @returns The session.
 * @throws Error if the timeout expires.
 *
 * @example
 * ```ts
 * import { test } from "@playwright/test";
 * import { waitForSession } from "strongroom/testing/playwright";
 *
 * test("signs out", async ({ page }) => {
 *   await page.goto("/");
 *   await page.getByRole("button", { name: "Sign out" }).click();
 *   await waitForSession(page, "anonymous");
 * });
 * ```
 */
export function waitForSession<Claims = StandardClaims>(
  page: Page,
  status: SessionStatus,
  { basePath = BASE_PATH, timeout = DEFAULT_TIMEOUT }: SessionOptions = {},
): Promise<Session<Claims>> {
  return waitFor(page, basePath, timeout, (session) => session.status === status);
}

async function waitFor<Claims>(
  page: Page,
  basePath: string,
  timeout: number,
  isThere: (session: Session<Claims>) => boolean,
): Promise<Session<Claims>> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const session = await read<Claims>(page, basePath);
    if (session && isThere(session)) return session;
    if (Date.now() > deadline) {
      const found = session
        ? `the session is ${JSON.stringify(session)}`
        : `no worker responds at ${basePath}/session. Check that the page calls connect(), that the context allows service workers, and that \`basePath\` is the worker's.`;
      throw new Error(`Timed out after ${timeout} ms: at ${page.url()} ${found}`);
    }
    await page.waitForTimeout(POLLING);
  }
}

const POLLING = 100;

/** `null` if the worker does not control the page yet, or the page is elsewhere or navigates. */
async function read<Claims>(page: Page, basePath: string): Promise<Session<Claims> | null> {
  try {
    return await page.evaluate(async (url) => {
      const response = await fetch(url);
      return response.headers.get("content-type") === "application/json" ? await response.json() : null;
    }, `${basePath}/session`);
  } catch (error) {
    if (page.isClosed()) throw error;
    return null;
  }
}
