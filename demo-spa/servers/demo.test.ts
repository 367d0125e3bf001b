import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listen, PortTakenError } from "../../dev-provider/src/loopback.js";
import { freePort } from "../../dev-provider/src/test-support/free-port.js";
import { TestApp } from "../../dev-provider/src/test-support/sign-in.js";
import { type Demo, startDemo } from "./demo.js";

const ANY = { app: 0, authorizationServer: 0, api: 0, naiveApp: 0, attacker: 0 };

let folder: string;
let demo: Demo;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strongroom-stand-ins-"));
  await writeFile(join(folder, "index.html"), "<!doctype html>");
  await writeFile(join(folder, "worker.js"), "");
  demo = await startDemo({ ports: ANY, app: folder, workerScript: join(folder, "worker.js") });
});
afterAll(async () => {
  await demo.close();
  await rm(folder, { recursive: true });
});

it("lets a user sign in and call the API on both origins with the same notes", async () => {
  const { origin, authorizationServer, api } = demo;
  const { access_token } = await new TestApp(authorizationServer, `${origin}/auth/callback`).signIn();
  const headers = { authorization: `Bearer ${access_token}` };
  const body = JSON.stringify({ text: "one" });
  expect((await fetch(`${api.url}notes`, { method: "POST", headers, body })).status).toBe(201);
  const config = (await (await fetch(`${origin}/config.json`)).json()) as { ownOriginApi: string };
  const notes = await fetch(new URL(`${config.ownOriginApi}notes`, origin), { headers });
  expect(await notes.json()).toMatchObject([{ text: "one" }]);
});

/** A request to another host on the app's port. Node.js does not resolve names below `localhost`. */
async function sendTo(
  url: string,
  accept = "text/html",
): Promise<{ status?: number; headers: string[]; text: string }> {
  const { host, port, pathname } = new URL(url);
  const request = get({ host: "127.0.0.1", port, path: pathname, headers: { host, accept } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const headers = Object.keys(response.headers);
  return {
    ...(response.statusCode ? { status: response.statusCode } : {}),
    headers,
    text: await text(response),
  };
}

it("serves the app with a vault on an origin of its own too, without any security header", async () => {
  const { app, vault } = demo.vaultOrigin;
  for (const path of ["/", "/lab", "/auth/callback", "/vault-worker.js"]) {
    const { status, headers } = await sendTo(app + path);
    expect(status, path).toBe(200);
    expect(headers.join(), path).not.toMatch(/policy|options|cross-origin/);
  }
  expect((await sendTo(`${app}/vault-worker.js`)).text).toContain(`"vault":"${vault}"`);
});

it("serves the vault's files and nothing else on its own origin", async () => {
  const { app, vault } = demo.vaultOrigin;
  const worker = await sendTo(`${vault}/vault-worker.js`);
  expect(worker.headers).toContain("content-security-policy");
  expect(worker.text.replaceAll(/\s/g, "")).toContain(`"apps":["${app}"]`);
  for (const path of ["/frame.html", "/login.html", "/callback.html"])
    expect((await sendTo(vault + path)).status, path).toBe(200);
  for (const path of ["/", "/lab", "/config.json", "/auth/callback", "/api/v1/notes"])
    expect((await sendTo(vault + path)).status, path).toBe(404);
});

it("tells each app where its vault is, and where the other mode is", async () => {
  const { origin, vaultOrigin } = demo;
  for (const [app, vault, other] of [
    [origin, origin, vaultOrigin.app],
    [vaultOrigin.app, vaultOrigin.vault, origin],
  ] as const) {
    expect(JSON.parse((await sendTo(`${app}/config.json`)).text)).toMatchObject({ mode: { vault, other } });
  }
});

it("knows the app's sign-out URI", async () => {
  const { origin, authorizationServer } = demo;
  const query = new URLSearchParams({
    client_id: authorizationServer.clientId,
    logout_uri: `${origin}/`,
  });
  const response = await fetch(`${authorizationServer.endpoints.logout}?${query}`, { redirect: "manual" });
  expect(response.headers.get("location")).toBe(`${origin}/`);
});

it("frees its ports when one of them is taken", async () => {
  const first = await freePort();
  const third = await listen();
  const options = { app: folder, workerScript: join(folder, "worker.js") };
  const ports = { ...ANY, app: first, api: third.port };
  await expect(startDemo({ ...options, ports })).rejects.toThrow(new PortTakenError(third.port));
  await (await listen(first)).close();
  await third.close();
});
