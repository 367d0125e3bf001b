import { readFile } from "node:fs/promises";
import { CheckHeadersError, checkHeaders } from "../../check-headers";
import { hostOptionsOf } from "../../configuration/host-options";
import { EXIT, Stop } from "../exit";
import { recognise } from "../init/worker-file";
import type { Surroundings } from "../surroundings";
import { examineApi } from "./api";
import { examineProvider } from "./provider";
import { Report } from "./report";
import { reportAsText } from "./text";
import { type Deployed, examineWorker } from "./worker";

export interface DoctorOptions {
  /** Path of the app's worker script. */
  worker: string;
  /** The scope that the app gives to connect(). */
  scope?: string;
  /** A typed configuration, a worker script or JSON of this machine, in place of what the host serves. */
  config?: string;
  /** Vite's mode, which selects the `.env` files of a typed configuration. */
  mode?: string;
  /** URLs of the API that need a token, where the configured ones answer nothing. */
  probe?: URL[];
  /** Headers that the app's host wants to see. */
  header: Record<string, string>;
  json?: boolean;
  /** Warnings count, too. */
  strict?: boolean;
}

/** Looks at a deployed app from outside, and says what is wrong and what to do. */
export async function doctor(page: URL, options: DoctorOptions, surroundings: Surroundings): Promise<number> {
  const report = new Report();
  const deployed = await examineWorker(
    page,
    { ...options, requestHeaders: options.header },
    surroundings,
    report,
  );
  await examineHost(page, deployed, options, report);
  const { configuration } = deployed;
  if (configuration) {
    await examineProvider(page.origin, configuration, report);
    const urls = options.probe ?? configuration.api.map(({ url }) => new URL(url, page));
    for (const url of urls) await examineApi(url, page.origin, report);
  }
  const version = recognise(await readFile(surroundings.workerFile, "utf8"))?.version;
  const { passed, findings } = report;
  surroundings.out(
    options.json
      ? `${JSON.stringify({ url: page.href, version, passed, findings }, null, 2)}\n`
      : reportAsText(page, version, report),
  );
  const counts = findings.filter(
    ({ severity }) => severity === "error" || (options.strict && severity === "warning"),
  );
  return counts.length > 0 ? EXIT.found : EXIT.ok;
}

async function examineHost(
  page: URL,
  { workers, imports, configuration }: Deployed,
  { scope, header }: DoctorOptions,
  report: Report,
): Promise<void> {
  const known = configuration ? hostOptionsOf(configuration, workers[0]) : {};
  try {
    const findings = await checkHeaders(page, {
      ...known,
      workers,
      imports,
      ...(scope === undefined ? {} : { scope }),
      requestHeaders: header,
    });
    report.add(findings);
    if (findings.every(({ severity }) => severity === "note"))
      report.pass("The host sends the headers that the vault needs");
  } catch (error) {
    if (!(error instanceof CheckHeadersError)) throw error;
    throw new Stop(EXIT.unknown, error.message);
  }
}
