import type { Page } from "@playwright/test";
import type { Session, SessionStatus, StandardClaims } from "./page/session";

export interface SessionOptions {
  /** The worker's `basePath`. Default: `/auth`. */
  basePath?: string;
  /** How long to wait, in milliseconds. Default: 30 000. */
  timeout?: number;
}

export interface SignInOptions extends SessionOptions {
  /**
   * Fills in and sends the authorization server's form, of however many pages. Not called if the authorization server knows
   * the user already and asks nothing.
   */
  form(page: Page): Promise<void>;
  /** A path of the app to come back to. Default: where `page` is. */
  returnTo?: string;
}

const DEFAULT_TIMEOUT = 30_000;
const BASE_PATH = "/auth";

/**
 * Signs in at whatever authorization server the worker is configured for. `page` has to show the app. Does nothing if
 * somebody is signed in.
 *
 * @throws Error saying what went wrong, with the code that the app would see.
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
          `signIn: the authorization server did not lead back to ${origin}; the browser is at ${page.url()}. Does \`form\` send the form, and was the password taken?`,
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
    throw new Error(`signIn: signed in nobody: ${code} ${description}`);
  }
  return session;
}

/** Waits until the session has this status, and answers it. `page` has to show the app by then. */
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
        : `no worker answers ${basePath}/session. Does the page call connect(), does the context allow service workers, and is \`basePath\` the worker's?`;
      throw new Error(`Waited ${timeout} ms: at ${page.url()} ${found}`);
    }
    await page.waitForTimeout(POLLING);
  }
}

const POLLING = 100;

/** `null`: the page is not under the worker's control yet, is elsewhere, or is being left. */
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
