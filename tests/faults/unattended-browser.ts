// A browser without a driver, which stops idle workers as it does for users, and the servers to which its page reports.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { TestApp } from "../../dev-provider/src/test-support/sign-in.js";
import { ada } from "../../dev-provider/src/users.js";
import { buildClientApp } from "../e2e/client-page.js";
import { findExecutable } from "../e2e/engines/executables.js";
import { type StandIns, startStandIns } from "../stand-ins/stand-ins.js";

const page = fileURLToPath(new URL("unattended-page.ts", import.meta.url));

/** A page's report. */
export type Report = Record<string, string>;

/** A running browser without a driver. */
export interface Unattended {
  standIns: StandIns;
  /** Waits for the page's report with the name `moment`, and returns it. */
  reported(moment: string, timeout: number): Promise<Report>;
  stop(): Promise<void>;
}

export interface UnattendedOptions {
  engine: string;
  /** URL parameters of the page, in addition to `api`. */
  query: Record<string, string>;
  /** `false`: disables the back-forward cache. */
  backForwardCache?: boolean;
  /** How long a user takes at the authorization server, in seconds. */
  signInTakes?: number;
}

/** Starts the servers, and a browser at the page. The authorization server knows the user. */
export async function startUnattended({
  engine,
  query,
  backForwardCache = true,
  signInTakes,
}: UnattendedOptions): Promise<Unattended> {
  const app = await buildClientApp(`unattended-${engine}`, "", page);
  const standIns = await startStandIns({ app });
  const door = await openDoor(standIns, { ...query, api: standIns.api.url });
  if (signInTakes !== undefined) {
    const { provider } = standIns.host.testing.workerConfig as { provider: Record<string, string> };
    const authorizationEndpoint = `${door.url}authorize?seconds=${signInTakes}`;
    standIns.host.testing.config = { provider: { ...provider, authorizationEndpoint } };
  }
  const browser = await startBrowser(engine, door.url, backForwardCache);
  return {
    standIns,
    reported: (moment, timeout) => reported(standIns, moment, timeout),
    async stop() {
      await browser.stop();
      door.close();
      await standIns.close();
    },
  };
}

/** The session in a report. */
export function sessionOf({ session }: Report) {
  return JSON.parse(session ?? "null") as {
    user: { sub: string } | null;
    expiresAt: number;
    worker: { startedAt: number };
  };
}

/** The page's report with the name `moment`. */
async function reported({ host }: StandIns, moment: string, timeout: number): Promise<Report> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const reports = host.testing.requests.filter(({ path }) => path === "/report").map(({ query }) => query);
    const found = reports.find((report) => report.moment === moment);
    if (found) return found;
    if (Date.now() > deadline) {
      throw new Error(`The page did not report "${moment}"; it reported ${JSON.stringify(reports)}.`);
    }
    await delay(100);
  }
}

/**
 * A server on the authorization server's host name that sets the cookies of a browser session there and redirects to the app.
 * Cookies ignore ports, so the authorization server knows the browser and shows no form. The app's page gets its URL as
 * `door`, and can navigate to its `/away`.
 */
async function openDoor(
  { app, authorizationServer }: StandIns,
  query: Record<string, string>,
): Promise<{ url: string; close(): void }> {
  const cookies = await browserSession({ app, authorizationServer });
  let seen = false;
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? "/", url);
    if (pathname === "/authorize") {
      const to = `${authorizationServer.endpoints.authorization}${search}`;
      // Once the authorization server knows the browser, it shows no form.
      if (seen) return void response.writeHead(303, { location: to }).end();
      seen = true;
      response.writeHead(200, { "content-type": "text/html" }).end(AWAY.replace("null", JSON.stringify(to)));
    } else if (pathname === "/away") {
      response.writeHead(200, { "content-type": "text/html" }).end(AWAY);
    } else {
      const location = `${app.origin}/?${new URLSearchParams({ ...query, door: url })}`;
      response.writeHead(303, { location, "set-cookie": cookies }).end();
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, close };
}

/** A page that waits for the seconds in its URL, then goes to the URL in its URL or in its source, or else back. */
const AWAY = `<!doctype html>
<title>Away</title>
<script>
  const { seconds, to = null } = Object.fromEntries(new URLSearchParams(location.search));
  setTimeout(() => (to ? location.replace(to) : history.back()), Number(seconds) * 1_000);
</script>`;

/** Signs in at the form like a browser, and returns the cookies of the new browser session. */
async function browserSession({
  app,
  authorizationServer,
}: Pick<StandIns, "app" | "authorizationServer">): Promise<string[]> {
  const visitor = new TestApp(authorizationServer, `${app.origin}/auth/callback`);
  await visitor.fillIn(visitor.authorizationRequest(), ada);
  const cookies = await visitor.browser.cookies.getCookies(authorizationServer.endpoints.authorization);
  return cookies.map((cookie) => `${cookie.cookieString()}; Path=/; HttpOnly; SameSite=Lax`);
}

/** Starts a browser as a user does, with a fresh profile. */
async function startBrowser(
  engine: string,
  url: string,
  backForwardCache: boolean,
): Promise<{ stop(): Promise<void> }> {
  const profile = await mkdtemp(join(tmpdir(), "strongroom-browser-"));
  if (engine === "firefox" && !backForwardCache) {
    await writeFile(join(profile, "user.js"), 'user_pref("browser.sessionhistory.max_total_viewers", 0);\n');
  }
  const [executable, ...rest] =
    engine === "firefox"
      ? [
          findExecutable({
            names: ["firefox-esr", "firefox"],
            remedy: "install the Debian package firefox-esr",
          }),
          ...["-headless", "-no-remote", "-profile", profile, url],
        ]
      : [
          findExecutable({
            names: ["chromium", "google-chrome"],
            remedy: "install the Debian package chromium",
          }),
          ...[
            "--headless",
            `--user-data-dir=${profile}`,
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
          ],
          ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
          // Keeps a headless Chromium open, which would otherwise print the page and exit. Nothing connects to this port.
          "--remote-debugging-port=0",
          ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
          ...(backForwardCache ? [] : ["--disable-features=BackForwardCache"]),
          url,
        ];
  const supervisor = spawn(
    fileURLToPath(new URL("../e2e/engines/supervise.sh", import.meta.url)),
    [profile, executable, ...rest],
    { detached: true, stdio: ["pipe", "ignore", "ignore"], env: { ...process.env, HOME: profile } },
  );
  const ended = once(supervisor, "exit");
  return {
    stop: async () => {
      supervisor.stdin.end();
      await ended;
    },
  };
}
