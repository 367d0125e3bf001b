import { afterEach, expect, it, vi } from "vitest";
import { openVault } from "../../src/page/vault";
import { event, FakeLocation, FakeStream, recovering } from "./fake-browser";

const stream = vi.hoisted(() => {
  const holder: { response?: Response } = {};
  // The client takes the browser's `fetch` when it is evaluated.
  globalThis.fetch = async () => holder.response as Response;
  return holder;
});
vi.mock("../../src/page/recovery", () => {
  throw new Error("the file went with the deployment before");
});

afterEach(() => {
  vi.unstubAllGlobals();
});

it("a page whose chunk for recoveries was removed by a deployment navigates to the authorization server, and returns to the new version", async () => {
  const replace = vi.fn();
  vi.stubGlobal("location", Object.assign(new FakeLocation(), { replace }));
  const events = new FakeStream();
  stream.response = events.response;
  events.write(event(recovering));
  const vault = await openVault({ basePath: "/auth" }, async () => true);
  await vi.waitFor(() => expect(replace).toHaveBeenCalledTimes(1));
  const url = new URL(replace.mock.lastCall?.[0], "https://app.example.com");
  expect([url.pathname, Object.fromEntries(url.searchParams)]).toEqual([
    "/auth/login",
    { silent: "1", returnTo: "/notes?tab=2#top" },
  ]);
  vault.close();
});
