import { expect, test } from "vitest";
import type { BenchResults } from "./measure.js";
import { medianOf } from "./samples.js";
import { spread } from "./statistics.js";
import { assessTargets } from "./targets.js";

test("all targets are reached if the vault costs as much as the floor and less than axa", () => {
  expect(missed(results())).toEqual([]);
});

test.each<[string, Partial<BenchResults>]>([
  ["API on another origin, p50 against the floor's", { sequentialLatency: latencies({ strongroom: 1.06 }) }],
  [
    "API with the vault on an origin of its own, in an app like most, p50 against the floor's",
    { sequentialLatency: latencies({ "plain vault origin": 1.5 }) },
  ],
  [
    "API with the vault on an origin of its own, in a cross-origin isolated app, p50 against the floor's",
    { sequentialLatency: latencies({ "vault origin": 1.5 }) },
  ],
  ["API on own origin, p50, against axa's", { sequentialLatency: latencies({ strongroom: 1, axa: 0.9 }) }],
  [
    "a request that is not for the API, p50 against no worker's",
    { sequentialLatency: latencies({ "no worker": 0.9 }) },
  ],
  ["download, throughput against the floor's", { transfers: transfers({ throughput: 96 }) }],
  ["upload, throughput against the floor's", { transfers: transfers({ throughput: 96 }) }],
  ["upload, growth of the worker's memory with the body", { transfers: transfers({ long: 48 }) }],
  [
    "evaluation of the worker's script, median",
    { workerStart: { ...results().workerStart, evaluation: spread([21]) } },
  ],
  [
    "concurrent requests, against axa's",
    { throughput: { floor: [10], "floor again": [10], strongroom: [10], axa: [11] } },
  ],
  [
    "first visit, until signed in, against axa's",
    { visits: { ...results().visits, firstVisit: { strongroom: [11], axa: [10] } } },
  ],
  [
    "reload, until the first authenticated response, against axa's",
    { visits: { ...results().visits, reload: { strongroom: [11], axa: [10] } } },
  ],
])("a missed target has a reason: %s", (what, changed) => {
  const target = missed({ ...results(), ...changed }).find((target) => target.what === what);
  expect(target?.reason).toMatch(/\w/);
});

test("a difference within the noise does not miss a target", () => {
  const noisy = latencies({ "no worker": 0.9, "floor again": 1.2 });
  const what = "a request that is not for the API, p50 against no worker's";
  expect(missed({ ...results(), sequentialLatency: noisy }).map((target) => target.what)).not.toContain(what);
});

test("a missing contender causes an error instead of a figure", () => {
  expect(() => medianOf({}, "strongroom")).toThrow("no contender strongroom");
});

function missed(results: BenchResults) {
  return assessTargets(results).filter(({ reached }) => !reached);
}

/** Results of a vault that costs nothing, and of an axa that does. */
function results(): BenchResults {
  const spans = {
    decode: spread([1]),
    compile: spread([1]),
    instantiate: spread([1]),
    evaluation: spread([5]),
  };
  const time = {
    route: 1,
    makeRequest: 1,
    setHeader: 1,
    untilFetch: 3,
    callFetch: 1,
    answer: 0,
    requests: 1,
  };
  return {
    date: "",
    rounds: 1,
    machine: { processor: "", cores: 1, memoryGiB: 1, kernel: "", node: "", browser: "" },
    versions: {},
    load: { before: 0, after: 0 },
    authorizationLength: 1,
    sequentialLatency: latencies({}),
    throughput: { floor: [10], "floor again": [10], strongroom: [10], axa: [9] },
    busyPage: { idle: {}, busy: {} },
    transfers: transfers({}),
    stoppedWorker: [],
    visits: {
      firstVisit: { strongroom: [1], axa: [2] },
      firstResponse: {},
      reload: { strongroom: [1], axa: [2] },
    },
    restarts: [],
    workerStart: spans,
    handlerTime: ["floor", "strongroom", "axa"].map((contender) => ({ contender, ...time })),
    pageClients: { clients: [], mainThread: {} },
  };
}

/** One request of each contender at each place, of a millisecond except for those named. */
function latencies(changed: Record<string, number>): BenchResults["sequentialLatency"] {
  const all = {
    "no worker": 1,
    "static routes": 1,
    floor: 1,
    "floor again": 1,
    strongroom: 1,
    "vault origin": 1.3,
    "plain floor": 1,
    "plain vault origin": 1.3,
    axa: 1.1,
    ...changed,
  };
  const round = Object.fromEntries(Object.entries(all).map(([name, milliseconds]) => [name, [milliseconds]]));
  return (["another origin", "own origin", "not the API"] as const).map((place) => ({
    place,
    rounds: [round],
  }));
}

function transfers({ throughput = 100, long = 1 }): BenchResults["transfers"] {
  return (["down", "up"] as const).map((direction) => ({
    direction,
    throughput: { floor: [100], "floor again": [100], strongroom: [throughput], axa: [90] },
    peak: { short: { strongroom: [1] }, long: { strongroom: [long] } },
  }));
}
