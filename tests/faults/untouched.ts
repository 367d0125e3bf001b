// An open tab that nobody touches, in a browser without a driver, which stops idle workers as it does for users:
//
//   npx tsx tests/faults/untouched.ts ENGINE MINUTES
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { startStandIns, type TestedStandIns } from "strongroom-demo/servers/stand-ins.js";
import { built } from "../e2e/built.js";
import { findExecutable } from "../e2e/engines/executables.js";
import { asked } from "../e2e/session/requests-to-the-authorization-server.js";

const [engine = "chromium", minutes = "12"] = process.argv.slice(2);
const app = await mkdtemp(join(tmpdir(), "strongroom-untouched-"));
await cp(fileURLToPath(new URL("untouched-app/index.html", import.meta.url)), join(app, "index.html"));
await build({
  entryPoints: [fileURLToPath(new URL("untouched-app/main.ts", import.meta.url))],
  outfile: join(app, "main.js"),
  bundle: true,
  format: "esm",
  target: "es2022",
});
const standIns = await startStandIns({ testing: true, app, workerScript: built.workerFile });
const door = await openDoor(
  standIns,
  `${standIns.app.origin}/?${new URLSearchParams({ minutes, api: standIns.api.url })}`,
);
const browser = await startBrowser(engine, door.url);
try {
  const before = await reported(standIns, "before", 60_000);
  const askedBefore = asked(standIns);
  console.log(`${engine}: signed in; not touching it for ${minutes} min`);
  const after = await reported(standIns, "after", Number(minutes) * 60_000 + 120_000);
  const askedSince = Object.entries(asked(standIns)).map(
    ([what, count]) => [what, count - askedBefore[what as keyof typeof askedBefore]] as const,
  );
  const [first, last] = [session(before), session(after)];
  const same = first.user?.sub === last.user?.sub && Math.abs(first.expiresAt - last.expiresAt) < 1_000;
  console.log(`before: ${before.session}`);
  console.log(`after:  ${after.session}; the page knew "${after.known}", its API request got ${after.api}`);
  console.log(
    `requests to the authorization server since: ${JSON.stringify(Object.fromEntries(askedSince))}`,
  );
  const good = same && after.api === "200" && askedSince.every(([, count]) => count === 0);
  console.log(good ? "the same session, and the authorization server was not asked" : "NOT the same session");
  process.exitCode = good ? 0 : 1;
} finally {
  await browser.stop();
  door.close();
  await standIns.close();
  await rm(app, { recursive: true, force: true });
}

interface ReportedSession {
  user: { sub: string } | null;
  expiresAt: number;
}

function session(report: Record<string, string>): ReportedSession {
  return JSON.parse(report.session ?? "null") as ReportedSession;
}

/** What the page told its host at `moment`. */
async function reported(
  { host }: TestedStandIns,
  moment: string,
  patience: number,
): Promise<Record<string, string>> {
  const deadline = Date.now() + patience;
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
 * A server on the authorization server's host that hands out a browser session there and leads to `target`. Cookies know
 * no ports: so the browser is known to the authorization server, and no form needs somebody who types.
 */
async function openDoor(
  { app, authorizationServer, user }: TestedStandIns,
  target: string,
): Promise<{ url: string; close(): void }> {
  const cookies = await browserSession({ app, authorizationServer, user });
  const server = createServer((_request, response) => {
    response.writeHead(303, { location: target, "set-cookie": cookies }).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://localhost:${port}/`, close };
}

/** Signs in at the form as a browser does, and returns the cookies of the browser session that this began. */
async function browserSession({
  app,
  authorizationServer,
  user,
}: Pick<TestedStandIns, "app" | "authorizationServer" | "user">): Promise<string[]> {
  const jar = new Map<string, string>();
  const visit = async (url: URL, form?: URLSearchParams): Promise<Response> => {
    const response = await fetch(url, {
      redirect: "manual",
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(form ? { method: "POST", body: form } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ""] = cookie.split(";");
      const separator = pair.indexOf("=");
      jar.set(pair.slice(0, separator), pair.slice(separator + 1));
    }
    return response;
  };
  const redirectUri = `${app.origin}/auth/callback`;
  let url = new URL(authorizationServer.endpoints.authorization);
  url.search = new URLSearchParams({
    client_id: authorizationServer.clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid",
    nonce: "nonce",
    state: "state",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
  }).toString();
  const credentials = new URLSearchParams({
    username: user.username,
    password: user.password,
    action: "sign-in",
  });
  for (let steps = 0; !url.href.startsWith(redirectUri) && steps < 10; steps++) {
    let response = await visit(url);
    if (response.status === 200) response = await visit(url, credentials);
    url = new URL(response.headers.get("location") ?? "", url);
  }
  const kept = [...jar].filter(([name]) => !name.startsWith("_"));
  return kept.map(([name, value]) => `${name}=${value}; Path=/; HttpOnly; SameSite=Lax`);
}

/** Starts a browser as a user does, with a fresh profile. */
async function startBrowser(engine: string, url: string): Promise<{ stop(): Promise<void> }> {
  const profile = await mkdtemp(join(tmpdir(), "strongroom-browser-"));
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
          // Keeps a headless Chromium open, which would print the page and leave. Nobody connects to it.
          "--remote-debugging-port=0",
          ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
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
