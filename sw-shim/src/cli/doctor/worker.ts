import { readFile } from "node:fs/promises";
import type { Report } from "../../checks/findings";
import { judge } from "../../configuration/judge";
import { LIBRARY } from "../../configuration/paths";
import { libraryOf } from "../../configuration/worker-script";
import type { VaultConfig } from "../../worker/config";
import { readConfiguration } from "../configuration/local";
import { readWorkerScript, type WorkerScript } from "../configuration/read";
import { recognise } from "../init/worker-file";
import type { Surroundings } from "../surroundings";
import type { Answer, Requests } from "./ask";

/** What the deployed worker scripts contain. */
export interface Deployed {
  /** Path of the worker script. */
  workers: [string];
  /** Paths of the scripts on the app's origin that it imports. */
  imports: string[];
  /** Absent if it cannot be read or is invalid. */
  configuration?: VaultConfig;
}

export interface WorkerOptions {
  worker: string;
  scope?: string;
  config?: string;
  /** Vite's mode, for a typed configuration. */
  mode?: string;
}

/**
 * Checks the worker script and the worker file that it imports or, as the Vite plugin makes it, begins with. Whether they exist is
 * checked with the headers.
 */
export async function examineWorker(
  page: URL,
  { worker, scope, config, mode }: WorkerOptions,
  surroundings: Surroundings,
  requests: Requests,
  report: Report,
): Promise<Deployed> {
  const url = new URL(worker, page);
  examineScope(page, url, scope, report);
  const answer = await requests.ask(url, { headers: { "service-worker": "script" } });
  const script = isScript(answer) ? readWorkerScript(answer.body, page.origin) : undefined;
  const imported = (script?.imports ?? [LIBRARY])
    .filter((path) => URL.canParse(path, url))
    .map((path) => new URL(path, url));
  for (const file of imported.filter(({ pathname }) => pathname.endsWith(`/${LIBRARY}`))) {
    const copy = await requests.ask(file);
    if (isScript(copy)) await examineFile(file, copy.body, surroundings, report);
  }
  const library = isScript(answer) ? libraryOf(answer.body) : "";
  if (recognise(library)) await examineFile(url, library, surroundings, report);
  const imports = imported.filter(({ origin }) => origin === page.origin).map(({ pathname }) => pathname);
  const where = { origin: page.origin, ...(mode === undefined ? {} : { mode }) };
  const source = config === undefined ? script : await readConfiguration(config, where, surroundings);
  return {
    workers: [url.pathname],
    imports,
    ...(source ? await examineConfiguration(source, url, page.origin, surroundings, report) : {}),
  };
}

function isScript(answer: Answer | Error): answer is Answer {
  return (
    !(answer instanceof Error) &&
    answer.status === 200 &&
    /script/.test(answer.headers.get("content-type") ?? "")
  );
}

/** Service Workers, "Register": the scope is the script's folder, unless connect() sets another. */
function examineScope(page: URL, worker: URL, scope: string | undefined, report: Report): void {
  const covered = new URL(scope ?? "./", scope === undefined ? worker : page);
  if (page.pathname.startsWith(covered.pathname))
    report.pass(`The page is in the worker's scope, ${covered.pathname}`);
  else report.find("page_out_of_scope", worker, `${page.pathname} is not below ${covered.pathname}`);
}

async function examineFile(
  url: URL,
  script: string,
  { workerFile }: Surroundings,
  report: Report,
): Promise<void> {
  const deployed = recognise(script);
  const packaged = recognise(await readFile(workerFile, "utf8"));
  if (!deployed) return report.find("worker_file_unknown", url, script.slice(0, 80));
  if (!deployed.untouched) report.find("worker_file_changed", url, `version ${deployed.version}, changed`);
  if (deployed.version !== packaged?.version) {
    report.find(
      "version_differs",
      url,
      `version ${deployed.version}; the package here is ${packaged?.version}`,
    );
  } else if (deployed.untouched) {
    report.pass(`The worker file is version ${deployed.version}, unchanged`);
  }
}

async function examineConfiguration(
  { configuration, problem }: WorkerScript,
  url: URL,
  origin: string,
  { workerFile }: Surroundings,
  report: Report,
): Promise<{ configuration?: VaultConfig }> {
  if (!configuration) {
    report.find("configuration_unreadable", url, problem ?? null);
    return {};
  }
  const refusal = await judge(workerFile, configuration, origin, url.pathname);
  if (refusal) {
    report.find("configuration_refused", url, refusal);
    return {};
  }
  report.pass("The worker's configuration is valid");
  return { configuration: configuration as unknown as VaultConfig };
}
