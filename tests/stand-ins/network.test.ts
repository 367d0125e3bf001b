import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type StandIns, startStandIns } from "./stand-ins.js";

let folder: string;
let standIns: StandIns;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strongroom-network-"));
  await writeFile(join(folder, "index.html"), "<!doctype html>");
  standIns = await startStandIns({ app: folder });
});
afterAll(async () => {
  await standIns.close();
  await rm(folder, { recursive: true });
});

it("servers can be unreachable, and record when and how often they were tried", async () => {
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
  const before = { ...network.attempts };
  network.lose("api");
  expect(network.isLost).toBe(true);
  expect(await reached()).toEqual([true, true, false]);
  expect(network.attempts.api).toBeGreaterThan(before.api);
  expect(network.attempts.app).toBe(before.app);
  network.restore();
  expect(network.isLost).toBe(false);
  expect(await reached()).toEqual([true, true, true]);
  expect(network.outages).toHaveLength(2);
  for (const { from, to } of network.outages) expect(to).toBeGreaterThanOrEqual(from);
});
