import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { BenchResults } from "./measure.js";
import type { PageClient } from "./page-clients.js";
import { type Bar, plot } from "./plot.js";
import {
  allTables,
  contenderLines,
  FETCH_PATH,
  how,
  inShort,
  machineLines,
  NOT_COMPARABLE,
} from "./report.js";
import { of, type Samples } from "./samples.js";
import { summarise } from "./sequential-latency.js";
import { type Spread, spread } from "./statistics.js";
import { bySize, type Table } from "./tables.js";
import { BODY } from "./transfer.js";

/** Writes `benchmarks.md` and a folder with its plots. */
export async function writePage(results: BenchResults, folder: string): Promise<void> {
  const plots = plotsOf(results);
  await mkdir(join(folder, "benchmarks"), { recursive: true });
  for (const [name, { svg }] of Object.entries(plots)) {
    await writeFile(join(folder, "benchmarks", `${name}.svg`), svg);
  }
  await writeFile(join(folder, "benchmarks.md"), page(results, plots, relative(folder, DOCS)));
}

const DOCS = fileURLToPath(new URL("../../docs", import.meta.url));

type Plots = Record<string, { alt: string; svg: string }>;

function page(results: BenchResults, plots: Plots, docs: string): string {
  const {
    targets = [],
    requests = [],
    path = [],
    bodies = [],
    visits = [],
    workers = [],
    clients = [],
  } = allTables(results);
  const images = (...names: string[]) =>
    names.map((name) => `![${plots[name]?.alt}](benchmarks/${name}.svg)`).join("\n\n");
  return `${[
    "# Benchmarks",
    "What the vault costs in Chromium, compared with no worker, with minimal workers, and with the most similar library. " +
      "Written by `npm run bench -- --out docs`, whatever the results.",
    inShort(results)
      .map((sentence) => `- ${sentence}`)
      .join("\n"),
    "## Contenders",
    contenderLines()
      .map(([name, description]) => `- **${name}**: ${description}`)
      .join("\n"),
    "## Method",
    ...how(results),
    ...machineLines(results),
    "## Targets",
    ...targets.map(({ rows }) => markdown(rows)),
    "## What is not comparable",
    NOT_COMPARABLE.map((sentence) => `- ${sentence}`).join("\n"),
    "## Requests",
    images("latency", "not-the-api", "throughput"),
    ...requests.map(section),
    "## The fetch handler",
    ...path.map(section),
    "What was done to make it faster:",
    FETCH_PATH.map((sentence) => `- ${sentence}`).join("\n"),
    "## Long bodies",
    images("download", "upload"),
    ...bodies.map(section),
    "## Visits",
    images("first-visit", "reload"),
    ...visits.map(section),
    "## Workers",
    ...workers.map(section),
    "## Page clients",
    images("bytes"),
    ...clients.map(section),
    "## A million sessions",
    "The token requests of a million sessions a day are simulated by `npm run simulate`, not measured. " +
      `[Scale](${join(docs, "scale.md")}) has the assumptions, the results and what was tried.`,
    `![token requests per second over an ordinary day](${join(docs, "scale/day.svg")})`,
    `![token requests per second around an outage](${join(docs, "scale/outage.svg")})`,
    `![token requests per second around a deploy](${join(docs, "scale/deploy.svg")})`,
  ].join("\n\n")}\n`;
}

function section({ title, rows, note }: Table): string {
  return [`**${title}**`, markdown(rows), ...(note ? [note] : [])].join("\n\n");
}

function markdown([header = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), `|${header.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}

function plotsOf(results: BenchResults): Plots {
  const { sequentialLatency, throughput, transfers, visits, pageClients } = results;
  const plots: Plots = {};
  const draw = (name: string, title: string, unit: string, bars: Bar[]) => {
    plots[name] = { alt: `${title}, ${unit}: the table below has the figures`, svg: plot(title, unit, bars) };
  };
  const latency = (name: string, title: string, place: string) => {
    const measurement = sequentialLatency.find((each) => each.place === place);
    const contenders = Object.keys(measurement?.rounds[0] ?? {});
    if (!measurement || contenders.length === 0) throw new Error(`nothing is measured at ${place}`);
    draw(
      name,
      title,
      "ms, medians of the rounds",
      contenders.map((contender) => ({
        name: contender,
        figures: summarise(measurement, contender).medians,
      })),
    );
  };
  latency("latency", "A request to an API on another origin", "another origin");
  latency("not-the-api", "A request that is not for the API", "not the API");
  draw("throughput", "16 requests in flight", "requests per second", bars(throughput));
  for (const { direction, throughput } of transfers) {
    draw(`${direction}load`, `${BODY} MiB ${direction}`, "MiB per second", bars(throughput));
  }
  draw("first-visit", "First visit to signed in", "ms", bars(visits.firstVisit));
  draw("reload", "The page loaded again, to the first authenticated response", "ms", bars(visits.reload));
  draw("bytes", "Page and worker", "KiB after brotli", sizeBars(pageClients.clients));
  return plots;
}

function bars(samples: Samples): Bar[] {
  return Object.keys(samples).map((name) => ({ name, figures: spread(of(samples, name)) }));
}

function sizeBars(clients: readonly PageClient[]): Bar[] {
  return bySize(clients).map(({ package: name, page, worker }) => ({
    name,
    figures: exactly((page + worker) / 1024),
  }));
}

function exactly(figure: number): Spread {
  return spread([figure]);
}
