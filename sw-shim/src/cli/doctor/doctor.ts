import { CheckHeadersError } from "../../checks";
import { DEPLOYMENT_FINDINGS, HEADER_FINDINGS } from "../../checks/catalog";
import { check } from "../../checks/check";
import { Report } from "../../checks/findings";
import { askForApp, Host, type HostResponse } from "../../checks/host";
import { Network } from "../../checks/network";
import { endpointsOf } from "../../configuration/endpoints";
import { appPaths } from "../../configuration/paths";
import { hostOptionsOf } from "../../headers";
import { EXIT, Stop } from "../exit";
import type { Surroundings } from "../surroundings";
import { examineApi } from "./api";
import { examineProvider } from "./provider";
import { Requests } from "./requests";
import { examineNeeds, examineResources, type Need } from "./resources";
import { hostOf, reportAsText } from "./text";
import { examineVaultOrigin } from "./vault-origin";
import { type Deployed, examineWorker, versionOf } from "./worker";

export interface DoctorOptions {
  /** Path of the app's worker script. */
  worker?: string;
  /** The `scope` that the app passes to connect(). */
  scope?: string;
  /** A local typed configuration, worker script or JSON file, instead of the deployed worker script. */
  config?: string;
  /** Vite's mode, which selects the `.env` files of a typed configuration. */
  mode?: string;
  /** URLs of the API that require a token, instead of the configured ones. */
  probe?: URL[];
  /** Headers that the app's host requires. They may be secrets. */
  header: Record<string, string>;
  /** Allows requests to this machine and private networks if a public app refers to them. */
  allowLocal?: boolean;
  json?: boolean;
  /** Explains each finding in full. */
  verbose?: boolean;
  /** Exit with 1 for warnings too. */
  strict?: boolean;
}

/** Checks a deployed app from outside, and reports what is wrong and how to fix it. Returns the exit code. */
export async function doctor(page: URL, options: DoctorOptions, surroundings: Surroundings): Promise<number> {
  const report: Report = new Report({ ...HEADER_FINDINGS, ...DEPLOYMENT_FINDINGS });
  const { ask, system } = surroundings;
  const network = new Network(page, {
    requestHeaders: options.header,
    // The user's own file is trusted.
    allowLocal: options.allowLocal === true || options.config !== undefined,
    ...(ask ? { confirm: async (question) => /^y(es)?$/i.test(await ask(question)) } : {}),
    ...(system ? { system } : {}),
  });
  for (const url of options.probe ?? []) network.permit(url);
  const requests = new Requests(network, report);
  const deployed = await examineWorker(page, options, surroundings, requests, report);
  const response = await orStop(() =>
    deployed.interceptor
      ? examineVaultOrigin(
          {
            ...deployed.interceptor,
            page,
            scripts: [deployed.workers[0], ...deployed.imports],
            ...(options.probe && { probe: options.probe }),
          },
          surroundings,
          network,
          requests,
          report,
        )
      : examineOwnOrigin(page, deployed, options, network, requests, report),
  );
  const version = await versionOf(surroundings);
  const { passed, findings } = report;
  surroundings.out(
    options.json
      ? `${JSON.stringify({ url: page.href, version, passed, findings }, null, 2)}\n`
      : reportAsText(page, version, report, {
          host: hostOf(response),
          ...(options.verbose ? { verbose: true } : {}),
        }),
  );
  const counts = findings.filter(
    ({ severity }) => severity === "error" || (options.strict && severity === "warning"),
  );
  return counts.length > 0 ? EXIT.found : EXIT.ok;
}

/** An app with the vault on its own origin. */
async function examineOwnOrigin(
  page: URL,
  deployed: Deployed,
  options: DoctorOptions,
  network: Network,
  requests: Requests,
  report: Report,
): Promise<HostResponse> {
  const app = await examineHost(page, deployed, options, network, report);
  const { configuration, workers } = deployed;
  if (configuration) {
    const { origin } = page;
    const { scope, basePath } = appPaths(configuration, workers[0]);
    const registered = {
      origin,
      redirectUri: `${origin}${basePath}/callback`,
      signOutUri: `${origin}${scope}`,
    };
    await examineProvider(registered, configuration, requests, report);
    const urls = options.probe ?? configuration.api.map(({ url }) => new URL(url, page));
    for (const url of urls) await examineApi(url, { origin }, requests, report);
  }
  return app;
}

async function examineHost(
  page: URL,
  { workers, imports, configuration }: Deployed,
  { scope }: DoctorOptions,
  network: Network,
  report: Report,
): Promise<HostResponse> {
  const known = configuration ? hostOptionsOf(configuration, workers[0]) : {};
  const options = { ...known, workers, imports, ...(scope === undefined ? {} : { scope }) };
  const findings = await check(page, options, network);
  report.add(findings);
  if (findings.every(({ severity }) => severity === "note"))
    report.pass("The host sends the headers that the vault needs");
  const app = await askForApp(page, new Host(network));
  const login = configuration && new URL(endpointsOf(configuration).authorizationEndpoint);
  examineResources(app, login, report);
  const apis = configuration?.api.map(({ url }): Need => ["connect-src", new URL(url, page)]) ?? [];
  examineNeeds(app, [["worker-src", new URL(workers[0], page)], ...apis], report);
  return app;
}

/** If the app's host cannot be checked, nothing is known. */
async function orStop<T>(examine: () => Promise<T>): Promise<T> {
  try {
    return await examine();
  } catch (error) {
    if (!(error instanceof CheckHeadersError)) throw error;
    throw new Stop(EXIT.unknown, error.message);
  }
}
