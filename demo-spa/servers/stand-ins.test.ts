import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listen, PortTakenError } from "../../dev-provider/src/loopback.js";
import { TestApp } from "../../dev-provider/src/test-support/sign-in.js";
import { startStandIns, type TestedStandIns } from "./stand-ins.js";

let folder: string;
let standIns: TestedStandIns;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strongroom-stand-ins-"));
  await writeFile(join(folder, "index.html"), "<!doctype html>");
  await writeFile(join(folder, "worker.js"), "");
  standIns = await startStandIns({ app: folder, workerScript: join(folder, "worker.js"), testing: true });
});
afterAll(async () => {
  await standIns.close();
  await rm(folder, { recursive: true });
});

it("lets a user sign in and call the API on both origins with the same notes", async () => {
  const { app, authorizationServer, api, user } = standIns;
  const { access_token } = await new TestApp(authorizationServer, `${app.origin}/auth/callback`).signIn(user);
  const headers = { authorization: `Bearer ${access_token}` };
  const body = JSON.stringify({ text: "one" });
  expect((await fetch(`${api.url}notes`, { method: "POST", headers, body })).status).toBe(201);
  const config = (await (await fetch(`${app.origin}/config.json`)).json()) as { ownOriginApi: string };
  const notes = await fetch(new URL(`${config.ownOriginApi}notes`, app.origin), { headers });
  expect(await notes.json()).toMatchObject([{ text: "one" }]);
  expect(api.testing.requests.map(({ path }) => path)).toEqual(["/v1/notes", "/api/v1/notes"]);
});

it("knows the app's sign-out URI", async () => {
  const { app, authorizationServer } = standIns;
  const query = new URLSearchParams({
    client_id: authorizationServer.clientId,
    logout_uri: `${app.origin}/`,
  });
  const response = await fetch(`${authorizationServer.endpoints.logout}?${query}`, { redirect: "manual" });
  expect(response.headers.get("location")).toBe(`${app.origin}/`);
});

it("can be out of reach, and says when, and how often it was tried", async () => {
  const { app, authorizationServer, api, network } = standIns;
  const all = [app.origin, authorizationServer.endpoints.jwks, `${api.url}me`];
  const reached = () =>
    Promise.all(
      all.map((url) =>
        fetch(url).then(
          () => true,
          () => false,
        ),
      ),
    );
  expect(await reached()).toEqual([true, true, true]);
  network.lose("app", "authorizationServer", "api");
  expect(await reached()).toEqual([false, false, false]);
  network.lose("api");
  expect(network.isLost).toBe(true);
  expect(await reached()).toEqual([true, true, false]);
  expect(network.attempts.api).toBeGreaterThan(network.attempts.app);
  network.restore();
  expect(network.isLost).toBe(false);
  expect(await reached()).toEqual([true, true, true]);
  expect(network.outages).toHaveLength(2);
  for (const { from, to } of network.outages) expect(to).toBeGreaterThanOrEqual(from);
});

it("frees its ports when one of them is taken", async () => {
  const [first, third] = [await listen(), await listen()];
  await first.close();
  const options = { app: folder, workerScript: join(folder, "worker.js") };
  const ports = { app: first.port, authorizationServer: 0, api: third.port };
  await expect(startStandIns({ ...options, ports })).rejects.toThrow(new PortTakenError(third.port));
  await (await listen(first.port)).close();
  await third.close();
});
