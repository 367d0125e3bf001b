import { expect, it, vi } from "vitest";
import { Resilient } from "../../src/worker/resilient";
import type { Vault } from "../../src/worker/wasm";
import { fetched } from "../fetched";

type Answers = (url: string) => Promise<Response> | undefined;

function vault(answers: Answers) {
  return {
    fetch: vi.fn((_event: FetchEvent, facts: string, _retried: boolean) =>
      answers(facts.split("\n")[0] ?? ""),
    ),
  };
}

/** For each request, whether it was marked as sent again. */
function retried({ fetch }: ReturnType<typeof vault>): boolean[] {
  return fetch.mock.calls.map(([, , retried]) => retried);
}

/** A vault in which each of `answers` replaces the one before after its crash. */
function resilient(...answers: Answers[]): Resilient {
  const vaults = answers.map((answers) => vault(answers) as unknown as Vault);
  const next = () => vaults.shift() as Vault;
  return new Resilient(next(), next);
}

function eventOf(url: string, init?: RequestInit): FetchEvent {
  return { request: new Request(url, init) } as unknown as FetchEvent;
}

const notes = "https://api.example.com/notes";
const poison = "https://api.example.com/poison";
const crash = new WebAssembly.RuntimeError("unreachable");
const never = () => new Promise<Response>(() => {});
const answer = () => Promise.resolve(new Response("from the second"));
const trap = (): never => {
  throw crash;
};

it("passes a request's properties to the vault, one per line", () => {
  const only = vault(() => undefined);
  const event = eventOf(notes, { method: "PUT", redirect: "manual" });
  expect(
    new Resilient(only as unknown as Vault, () => only as unknown as Vault).fetch(event),
  ).toBeUndefined();
  const { mode, destination } = event.request;
  expect(only.fetch).toHaveBeenCalledWith(
    event,
    [notes, "PUT", mode, destination, "manual"].join("\n"),
    false,
  );
});

/** Whether it may be sent a second time is the vault's decision. */
it.each([
  ["a request that crashes the vault", trap],
  ["what a vault had not answered when it crashed", never],
])("%s is asked of a second one, which is told that it is asked again", async (_, answers) => {
  const [first, second] = [vault(answers), vault(answer)];
  const it = new Resilient(first as unknown as Vault, () => second as unknown as Vault);
  const event = eventOf(notes);
  const response = it.fetch(event);
  if (answers === never) expect(it.crashed(crash)).toBe(true);
  expect(await (await response)?.text()).toBe("from the second");
  expect(it.vault).toBe(second);
  expect([retried(first), retried(second)]).toEqual([[false], [true]]);
  expect(second.fetch.mock.calls[0]?.[0]).toBe(event);
});

it("a request that crashes the second instance too does not block the others", async () => {
  const asked = vi.fn();
  const it = resilient(
    never,
    (url) => (url === poison ? trap() : answer()),
    (url) => {
      asked(url);
      return answer();
    },
  );
  const poisoned = it.fetch(eventOf(poison));
  const others = it.fetch(eventOf(notes));
  it.crashed(crash);
  await expect(poisoned).rejects.toBe(crash);
  expect(await (await others)?.text()).toBe("from the second");
  expect(asked).toHaveBeenCalledWith(notes);
});

it("the vault's own stream breaks when the vault crashes, so that its reader reconnects", async () => {
  const stream = () => Promise.resolve(new Response(new ReadableStream()));
  const it = resilient(stream, answer);
  const response = await it.fetch(eventOf("https://app.example.com/auth/events"));
  const read = response?.body?.getReader().read();
  it.crashed(crash);
  await expect(read).rejects.toBeUndefined();
});

it.each([204, 205, 304])(
  "a response of the network with status %i, which allows no body, is passed on",
  async (status) => {
    const response = fetched(new Response(null, { status }));
    expect(await resilient(() => Promise.resolve(response)).fetch(eventOf(notes))).toBe(response);
  },
);

it("the vault's own response without a body is passed on", async () => {
  const own = new Response(null, { status: 204 });
  expect(await resilient(() => Promise.resolve(own)).fetch(eventOf(notes))).toBe(own);
});

it("an error that is not a trap keeps the instance", () => {
  const it = resilient(() => {
    throw new TypeError("a mistake");
  });
  const { vault } = it;
  expect(() => it.fetch(eventOf(notes))).toThrow("a mistake");
  expect(it.crashed(new TypeError("a mistake"))).toBe(false);
  expect(it.vault).toBe(vault);
});
