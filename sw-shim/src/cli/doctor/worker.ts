import { readFile } from "node:fs/promises";
import type { Report } from "../../checks/findings";
import type { Received } from "../../checks/network";
import { APP_WORKER, INTERCEPTOR, LIBRARY } from "../../configuration/paths";
import { validate } from "../../configuration/validate";
import { libraryOf } from "../../configuration/worker-script";
import { parseOptions, type Settings } from "../../interceptor/options";
import type { InterceptOptions } from "../../interceptor/strongroom-interceptor";
import type { VaultConfig } from "../../worker/config";
import { DEFAULT_SCRIPT, readConfiguration } from "../configuration/local";
import { readWorkerScript, type WorkerScript } from "../configuration/read";
import { EXIT, Stop } from "../exit";
import { recognise } from "../init/worker-file";
import type { Surroundings } from "../surroundings";
import type { Requests } from "./requests";

/** What the deployed worker script contains. */
export interface Deployed {
  /** Path of the worker script. */
  workers: [string];
  /** Paths of the scripts on the app's origin that it imports. */
  imports: string[];
  /** Absent if it cannot be read or is invalid. */
  configuration?: VaultConfig;
  /** If the vault has an origin of its own. */
  interceptor?: Interceptor;
}

/** What is known of the worker script of an app whose vault has an origin of its own. */
export interface Interceptor {
  /** Absent if they cannot be read or are invalid. */
  settings?: Settings;
  /** A local configuration of the vault, in place of the deployed one. */
  given?: WorkerScript;
}

export interface WorkerOptions {
  worker?: string;
  scope?: string;
  config?: string;
  /** Vite's mode, for a typed configuration. */
  mode?: string;
}

/**
 * Checks the worker script and the file of the package that it imports or, as the Vite plugin makes it, begins with. Whether they
 * exist is checked with the headers.
 */
export async function examineWorker(
  page: URL,
  { worker, scope, config, mode }: WorkerOptions,
  surroundings: Surroundings,
  requests: Requests,
  report: Report,
): Promise<Deployed> {
  const { url, response, script } = await findWorker(page, worker, requests);
  examineScope(page, url, scope, report);
  const imported = (script?.imports ?? [LIBRARY])
    .filter((path) => URL.canParse(path, url))
    .map((path) => new URL(path, url));
  for (const file of imported.filter(({ pathname }) => FILE_OF_PACKAGE.test(pathname))) {
    const copy = await requests.ask(file);
    if (isScript(copy)) await examineVersion(file, copy.body, surroundings, report);
  }
  const library = isScript(response) ? libraryOf(response.body) : "";
  if (recognise(library)) await examineVersion(url, library, surroundings, report);
  const imports = imported.filter(({ origin }) => origin === page.origin).map(({ pathname }) => pathname);
  const deployed: Deployed = { workers: [url.pathname], imports };
  const where = { origin: page.origin, ...(mode === undefined ? {} : { mode }) };
  const given = config === undefined ? undefined : await readConfiguration(config, where, surroundings);
  const isOfVaultOrigin = given?.configuration?.apps !== undefined;
  const source = (isOfVaultOrigin ? undefined : given) ?? script;
  if (isOfVaultOrigin || source?.interceptor) {
    const settings = examineInterceptor(source, url, coveredBy(page, url, scope), report);
    return {
      ...deployed,
      interceptor: { ...(settings && { settings }), ...(isOfVaultOrigin && { given }) },
    };
  }
  if (!source) return deployed;
  const { configuration } = await examineConfiguration(source, url, page.origin, surroundings, report);
  if (configuration?.apps) {
    throw new Stop(
      EXIT.unknown,
      `${page.origin} is a vault's own origin: its configuration has \`apps\`. Pass the URL of an app, such as ${configuration.apps[0]}/.`,
    );
  }
  return { ...deployed, ...(configuration && { configuration }) };
}

const FILE_OF_PACKAGE = new RegExp(`/(${LIBRARY}|${INTERCEPTOR})$`);

/** The worker script: without a path, that of an app whose vault has an origin of its own, if it is there. */
async function findWorker(
  page: URL,
  path: string | undefined,
  requests: Requests,
): Promise<{ url: URL; response: Received | Error; script?: WorkerScript }> {
  const at = async (name: string) => {
    const url = new URL(name, page);
    const response = await requests.ask(url, { headers: { "service-worker": "script" } });
    const script = isScript(response) ? readWorkerScript(response.body, page.origin) : undefined;
    return { url, response, ...(script && { script }) };
  };
  if (path !== undefined) return at(path);
  const ofApp = await at(`/${APP_WORKER}`);
  return ofApp.script?.interceptor ? ofApp : at(`/${DEFAULT_SCRIPT}`);
}

export function isScript(response: Received | Error): response is Received {
  return (
    !(response instanceof Error) &&
    response.status === 200 &&
    /script/.test(response.headers.get("content-type") ?? "")
  );
}

/** Service Workers, "Register": the scope is the script's folder, unless connect() sets another. */
function examineScope(page: URL, worker: URL, scope: string | undefined, report: Report): void {
  const covered = coveredBy(page, worker, scope);
  if (page.pathname.startsWith(covered.pathname))
    report.pass(`The page is in the worker's scope, ${covered.pathname}`);
  else report.find("page_out_of_scope", worker, `${page.pathname} is not below ${covered.pathname}`);
}

function coveredBy(page: URL, worker: URL, scope: string | undefined): URL {
  return new URL(scope ?? "./", scope === undefined ? worker : page);
}

async function examineVersion(
  url: URL,
  script: string,
  surroundings: Surroundings,
  report: Report,
): Promise<void> {
  const before = report.sightings;
  const version = examineFile(url, script, report);
  const own = await versionOf(surroundings);
  if (version === undefined) return;
  if (version !== own) {
    report.find("version_differs", url, `version ${version}; the package here is ${own}`);
  } else if (report.sightings === before) {
    report.pass(`The worker file is version ${version}, unchanged`);
  }
}

/** Checks that a file is one of the package, unchanged. Returns its version. */
export function examineFile(url: URL, content: string, report: Report): string | undefined {
  const deployed = recognise(content);
  if (!deployed) report.find("worker_file_unknown", url, content.slice(0, 80));
  else if (!deployed.untouched)
    report.find("worker_file_changed", url, `version ${deployed.version}, changed`);
  return deployed?.version;
}

/** The version of this package. */
export async function versionOf({ workerFile }: Surroundings): Promise<string | undefined> {
  return recognise(await readFile(workerFile, "utf8"))?.version;
}

/** Checks the options of the interceptor. Returns them if they are valid. */
function examineInterceptor(
  script: WorkerScript | undefined,
  url: URL,
  scope: URL,
  report: Report,
): Settings | undefined {
  if (!script) return;
  const { interceptor, problem = "it does not call strongroom.intercept({…})" } = script;
  if (!interceptor) {
    report.find("configuration_unreadable", url, problem);
    return;
  }
  try {
    const settings = parseOptions(interceptor as unknown as InterceptOptions, scope);
    report.pass(`The app's worker script is valid and names the vault ${settings.vault}`);
    return settings;
  } catch (error) {
    report.find(
      "configuration_refused",
      url,
      (error as Error).message.replace(/^strongroom\.intercept: /, ""),
    );
    return;
  }
}

export async function examineConfiguration(
  { configuration, problem }: WorkerScript,
  url: URL,
  origin: string,
  { workerFile }: Surroundings,
  report: Report,
): Promise<{ configuration?: VaultConfig }> {
  if (!configuration) {
    report.find("configuration_unreadable", url, problem ?? "it does not call strongroom.start({…})");
    return {};
  }
  const refusal = await validate(workerFile, configuration, origin, url.pathname);
  if (refusal) {
    report.find("configuration_refused", url, refusal);
    return {};
  }
  report.pass(`The ${configuration.apps === undefined ? "worker" : "vault"}'s configuration is valid`);
  return { configuration: configuration as unknown as VaultConfig };
}
