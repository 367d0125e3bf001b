import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { evict, isRegistered } from "../../src/page/registrations";
import { FakeContainer, FakeLocation, FakeWorker, SCRIPT } from "./fake-browser";

const ORIGIN = "https://app.example.com";

let container: FakeContainer;
const genuine = () => container as unknown as ServiceWorkerContainer;

beforeEach(() => {
  container = new FakeContainer();
  container.registration.activate(new FakeWorker("activated"));
  vi.stubGlobal("location", new FakeLocation());
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("a registration that script left behind", () => {
  const ROOT = { scope: `${ORIGIN}/`, basePath: "/auth" };
  const FOLDER = { scope: `${ORIGIN}/app/`, basePath: "/app/auth" };

  it.each([
    ["at the endpoints", ROOT, "/auth"],
    ["at the endpoints, with a slash", ROOT, "/auth/"],
    ["at one endpoint", ROOT, "/auth/callback"],
    ["at one endpoint's query", ROOT, "/auth/login?returnTo"],
    ["at a beginning of the endpoints' path", ROOT, "/au"],
    ["at the worker script, which takes the keeper", ROOT, "/vault-worker.js"],
    ["at a beginning of the worker script's path", ROOT, "/v"],
    ["at the endpoints of an app in a folder", FOLDER, "/app/auth/login"],
    ["at a beginning of them in the folder", FOLDER, "/app/a"],
  ])("%s is removed", async (_, place, path) => {
    const thief = container.add(ORIGIN + path);
    expect(await evict(genuine(), SCRIPT, place)).toBe(true);
    expect(thief.unregister).toHaveBeenCalledTimes(1);
  });

  it.each([
    ["the vault's own", ROOT, "/"],
    ["of another app in a folder", ROOT, "/blog/"],
    ["of a path that only begins like the endpoints", ROOT, "/authors/"],
    ["of the app at the root, for a vault in a folder", FOLDER, "/"],
    ["of another app's endpoints, for a vault in a folder", FOLDER, "/auth"],
  ])("%s stays", async (_, place, path) => {
    const other =
      container.registrations.find(({ scope }) => scope === ORIGIN + path) ?? container.add(ORIGIN + path);
    expect(await evict(genuine(), SCRIPT, place)).toBe(false);
    expect(other.unregister).not.toHaveBeenCalled();
  });
});

describe("the vault's own registration", () => {
  const PLACE = { scope: `${ORIGIN}/`, basePath: "/auth" };

  it("is used, also if another one took its endpoints until now", async () => {
    container.add(`${ORIGIN}/auth`, new FakeWorker("activated", undefined, `${ORIGIN}/strongroom-worker.js`));
    expect(await isRegistered(genuine(), SCRIPT, PLACE)).toBe(true);
  });

  it("counts as missing once it was unregistered", async () => {
    await container.registration.unregister();
    expect(await isRegistered(genuine(), SCRIPT, PLACE)).toBe(false);
  });

  it("counts as missing once another script is active in its scope", async () => {
    container.registration.activate(new FakeWorker("activated", undefined, `${ORIGIN}/mockServiceWorker.js`));
    expect(await isRegistered(genuine(), SCRIPT, PLACE)).toBe(false);
  });
});
