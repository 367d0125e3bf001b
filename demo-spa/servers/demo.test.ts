import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
