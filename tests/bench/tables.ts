import { BUSY, REQUESTS_BEFORE } from "./busy-page.js";
import { CONTENDERS } from "./contenders.js";
import type { BenchResults } from "./measure.js";
import type { PageClient } from "./page-clients.js";
import { BURST, IN_FLIGHT, medianOf, of, ratioByRound, type Samples, type Visits } from "./samples.js";
import { medianRatio, summarise } from "./sequential-latency.js";
import { type Spread, spread } from "./statistics.js";
import { costOfStop } from "./stopped-worker.js";
import { assessTargets } from "./targets.js";
import { BODY, SHORT_BODY } from "./transfer.js";

/** Rows of cells, for a terminal and a page. The first row has the column names. */
export interface Table {
  title: string;
  rows: string[][];
  /** A sentence below the table. */
  note?: string;
}

export function targetTable(results: BenchResults): Table {
  const rows = assessTargets(results).map(({ what, wanted, measured, reached, reason }) => [
    what,
    wanted,
    measured,
    reached ? "reached" : `missed: ${reason}`,
  ]);
  return { title: "Targets", rows: [["", "target", "measured", ""], ...rows] };
}

export function latencyTables({ sequentialLatency }: BenchResults): Table[] {
  return sequentialLatency.map((measurement) => {
    const names = Object.keys(CONTENDERS);
    const against = measurement.place === "not the API" ? "no worker" : "floor";
    const rows = names.map((name) => {
      const { p50, p95, medians } = summarise(measurement, name);
      const ratio = medianRatio(measurement, name, against);
      return [
        name,
        p50.toFixed(2),
        p95.toFixed(2),
        describe(medians),
        ratio.overall.toFixed(3),
        describe(ratio.byRound),
      ];
    });
    const place =
      measurement.place === "not the API"
        ? "A request that is not for the API"
        : `API on ${measurement.place}`;
    const header = ["", "p50 ms", "p95 ms", "medians of the rounds", `p50 / ${against}'s`, "by round"];
    return { title: `${place}: sequential requests`, rows: [header, ...rows] };
  });
}

export function throughputTable({ throughput }: BenchResults): Table {
  return comparison(
    `Concurrent requests: ${BURST} requests, ${IN_FLIGHT} in flight`,
    "requests per second",
    throughput,
    0,
  );
}

export function busyPageTable({ busyPage: { idle, busy } }: BenchResults): Table {
  const rows = Object.keys(busy).map((name) => [
    name,
    describe(spread(of(idle, name)), 1),
    describe(spread(of(busy, name)), 1),
  ]);
  return {
    title: `Requests of a busy page: from calling fetch to the arrival at the API, ${REQUESTS_BEFORE} requests at a time`,
    rows: [["", "ms", `ms, if the main thread is busy for ${BUSY} ms after the calls`], ...rows],
    note: "Page and API read the same clock, which counts whole milliseconds.",
  };
}

export function transferTables({ transfers }: BenchResults): Table[] {
  return transfers.flatMap(({ direction, throughput, peak }) => {
    const name = direction === "down" ? "Download" : "Upload";
    const rows = Object.keys(peak.long).map((contender) => [
      contender,
      describe(spread(of(peak.short, contender))),
      describe(spread(of(peak.long, contender))),
    ]);
    return [
      comparison(`${name} of ${BODY} MiB`, "MiB per second", throughput, 0),
      {
        title: `${name}: maximum growth of the worker's heap, including buffers`,
        rows: [["", `MiB, body of ${SHORT_BODY} MiB`, `MiB, body of ${BODY} MiB`], ...rows],
      },
    ];
  });
}

export function visitTables({ visits, restarts }: BenchResults): Table[] {
  return [
    times("First visit, until signed in", visits.firstVisit),
    times("Reload, until the first authenticated response", visits.reload),
    restartTable(visits, restarts),
  ];
}

function restartTable({ firstResponse, reload }: Visits, restarts: number[]): Table {
  const row = (name: string, figures: number[]) => [name, describe(spread(figures), 0)];
  return {
    title: "Vault origin, until the first authenticated response",
    rows: [
      ["", "ms"],
      row("first visit, which signs in", of(firstResponse, "vault origin")),
      row(`restart of the browser, with remember: "device" (${restarts.length} restarts)`, restarts),
      row("reload", of(reload, "vault origin")),
    ],
    note:
      "After a restart, the vault renews the session that it has kept on the device. No other contender has kept one: axa's session ends " +
      "with the browser, and Strongroom on the app's own origin asks the authorization server. First visit and reload are those above.",
  };
}

export function stoppedTable({ stoppedWorker }: BenchResults): Table {
  const rows = stoppedWorker.map(({ contender, stops, refused, warm, stopped }) => [
    contender,
    String(stops),
    describe(warm),
    stopped ? describe(stopped) : "none",
    stopped
      ? costOfStop(stoppedWorker, contender).toFixed(0)
      : `the tokens are lost: ${refused} of ${stops} refused with 401`,
  ]);
  const header = ["", "stops", "request before, ms", "first request after, ms", "cost of the median"];
  return { title: "Stopped worker, until the first authenticated response", rows: [header, ...rows] };
}

export function startTable({ workerStart }: BenchResults): Table {
  const rows = Object.entries({
    "whole evaluation": workerStart.evaluation,
    "of it: decoding the wasm": workerStart.decode,
    "of it: compiling": workerStart.compile,
    "of it: instantiating": workerStart.instantiate,
  }).map(([part, it]) => [part, describe(it)]);
  return { title: "Start of Strongroom's worker", rows: [["", "ms"], ...rows] };
}

export function handlerTable({ handlerTime }: BenchResults): Table {
  const header = ["µs", "route", "new Request", "set header", "until fetch", "in fetch()", "response"];
  const rows = handlerTime.map((time) => [
    time.contender,
    ...[time.route, time.makeRequest, time.setHeader, time.untilFetch, time.callFetch, time.answer].map(
      (it) => it.toFixed(0),
    ),
  ]);
  return { title: "In the fetch handler", rows: [header, ...rows] };
}

function sizeTable(clients: readonly PageClient[]): Table {
  const rows = bySize(clients).map((client) => {
    const { package: name, version, page, worker } = client;
    return [
      `${name} ${version}`,
      kibibytes(page),
      worker > 0 ? kibibytes(worker) : "",
      kibibytes(total(client)),
    ];
  });
  return { title: "Size, in KiB after brotli", rows: [["", "page", "worker", "total"], ...rows] };
}

/** The largest in total first. */
export function bySize(clients: readonly PageClient[]): PageClient[] {
  return [...clients].sort((a, b) => total(b) - total(a));
}

export function sizeSentence(clients: readonly PageClient[]): string {
  const [largest, next] = bySize(clients);
  if (!largest || !next) throw new Error("no two clients are measured");
  const [bytes, ratio] = [total(largest), total(largest) / total(next)];
  return (
    `In total, ${largest.package} is the largest: ${kibibytes(bytes)} KiB, ${ratio.toFixed(1)} times as much as ${next.package}. ` +
    "Strongroom's worker contains the WebAssembly. It loads beside the page, and browsers keep it."
  );
}

function total({ page, worker }: PageClient): number {
  return page + worker;
}

export function clientTables({ pageClients: { clients, mainThread } }: BenchResults): Table[] {
  const versions = new Map(clients.map(({ package: name, version }) => [name, `${name} ${version}`]));
  const busy = Object.entries(mainThread).map(([name, rounds]) => [
    versions.get(name) ?? name,
    describe(spread(rounds.map(({ script }) => script))),
    describe(spread(rounds.map(({ tasks }) => tasks))),
  ]);
  return [
    sizeTable(clients),
    {
      title: "Main thread: loading and evaluation",
      rows: [["", "ms of script", "ms of all tasks"], ...busy],
    },
  ];
}

/** `median (quartiles; least to greatest)`. */
function describe(it: Spread, digits = 2): string {
  const [median, lower, upper, least, greatest] = [
    it.median,
    it.lowerQuartile,
    it.upperQuartile,
    it.least,
    it.greatest,
  ].map((value) => value.toFixed(digits));
  return `${median} (${lower}-${upper}; ${least} to ${greatest})`;
}

/** Figures per second, compared with the floor's. */
function comparison(title: string, unit: string, samples: Samples, digits: number): Table {
  const rows = Object.keys(samples).map((name) => [
    name,
    describe(spread(of(samples, name)), digits),
    describe(ratioByRound(samples, name, "floor")),
  ]);
  return { title, rows: [["", unit, "against the floor's, by round"], ...rows] };
}

function times(title: string, samples: Samples): Table {
  const rows = Object.keys(samples).map((name) => [
    name,
    describe(spread(of(samples, name)), 0),
    (medianOf(samples, name) / medianOf(samples, "axa")).toFixed(2),
  ]);
  return { title, rows: [["", "ms", "against axa's"], ...rows] };
}

function kibibytes(bytes: number): string {
  return (bytes / 1024).toFixed(1);
}
