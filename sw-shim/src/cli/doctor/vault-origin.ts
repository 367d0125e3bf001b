import { isInsecure } from "../../checks/check";
import type { Report } from "../../checks/findings";
import { askForApp, Host, type HostResponse } from "../../checks/host";
import type { Network, Received } from "../../checks/network";
import { Policies } from "../../checks/policies";
import { checkVaultResponse, isVaultPage } from "../../checks/vault-origin";
import { checkScript } from "../../checks/worker";
import { VAULT_WORKER } from "../../configuration/paths";
import { type HostRule, hostOptionsOf, vaultOriginRules } from "../../headers";
import type { Settings } from "../../interceptor/options";
import type { VaultConfig } from "../../worker/config";
import { readWorkerScript } from "../configuration/read";
import type { Surroundings } from "../surroundings";
import { examineApi } from "./api";
import { examineAppCallback, examineProvider } from "./provider";
import type { Requests } from "./requests";
import { examineNeeds, type Need } from "./resources";
import { isSameSite } from "./site";
import { examineConfiguration, examineFile, type Interceptor, isScript, versionOf } from "./worker";

/** An app whose vault has an origin of its own. */
export interface AppOfVault extends Interceptor {
  /** The app's page, as the user named it. */
  page: URL;
  /** Paths of the app's worker script and of the scripts that it imports. */
  scripts: [worker: string, ...imports: string[]];
  /** URLs of the API that require a token. */
  probe?: URL[];
}

/** Checks both hosts, the provider and the API. Returns a response of the vault's host, or of the app's. */
export async function examineVaultOrigin(
  { page, scripts, settings, given, probe }: AppOfVault,
  surroundings: Surroundings,
  network: Network,
  requests: Requests,
  report: Report,
): Promise<Received> {
  const app = await examineApp(page, scripts, network, report);
  if (!settings) return app;
  const { origin } = app.url;
  examineSites(new URL(origin), new URL(settings.vault), report);
  examineAppPolicy(app, new URL(scripts[0], origin), settings, report);

  const worker = new URL(`/${VAULT_WORKER}`, settings.vault);
  const response = await requests.ask(worker, { headers: { "service-worker": "script" } });
  if (response instanceof Error) {
    requests.lacks("vault_host_unreachable", settings.vault, response);
    return app;
  }
  const source = given ?? (isScript(response) ? readWorkerScript(response.body, settings.vault) : undefined);
  const { configuration } = source
    ? await examineConfiguration(source, worker, settings.vault, surroundings, report)
    : {};
  await examineFiles(settings.vault, configuration, surroundings, requests, report);
  if (configuration) {
    examineAgreement(origin, settings, configuration, worker, report);
    const registered = {
      origin: settings.vault,
      redirectUri: `${settings.vault}/callback.html`,
      signOutUri: `${origin}/`,
    };
    await examineProvider(registered, configuration, requests, report);
    await examineAppCallback(
      new URL(`${settings.basePath}/callback`, origin),
      configuration,
      requests,
      report,
    );
    for (const url of probe ?? configuration.api.map((each) => new URL(each.url, settings.vault))) {
      await examineApi(url, { origin: settings.vault, app: origin }, requests, report);
    }
  }
  return response;
}

/** The app's host sends no special headers. Its page and scripts must be there. */
async function examineApp(
  page: URL,
  scripts: string[],
  network: Network,
  report: Report,
): Promise<HostResponse> {
  const host = new Host(network);
  const app = await askForApp(page, host);
  if (isInsecure(app.url)) report.find("insecure_origin", app.url, app.url.origin);
  for (const path of scripts) {
    const script = await host.ask(new URL(path, app.url), "worker");
    for (const { code, found } of checkScript(script)) report.find(code, script.url, found);
  }
  return app;
}

function examineSites(app: URL, vault: URL, report: Report): void {
  if (!isSameSite(app, vault)) {
    report.find("vault_of_another_site", vault.origin, `the app is at ${app.origin}`);
  } else if (app.hostname === vault.hostname) {
    report.find("vault_shares_host", vault.origin, `the app is at ${app.origin}`);
  } else {
    report.pass("The app and the vault are of one site and of different origins");
  }
}

/** A policy of the app must allow what the vault needs. There may be none. */
function examineAppPolicy(app: HostResponse, worker: URL, { vault, api }: Settings, report: Report): void {
  const needs: Need[] = [
    ["frame-src", new URL("/frame.html", vault)],
    ["worker-src", worker],
    ...api.map((each): Need => ["connect-src", each]),
  ];
  if (examineNeeds(app, needs, report) && !app.policies.none)
    report.pass("The app's policy allows the vault");
}

/** Paths without a file: what hosts tend to serve unasked, and files of the other mode. */
const MISSING = ["/", "/index.html", "/auth/callback", "/strongroom-worker.js", "/strongroom-check/missing"];

async function examineFiles(
  vault: string,
  configuration: VaultConfig | undefined,
  surroundings: Surroundings,
  requests: Requests,
  report: Report,
): Promise<void> {
  const before = report.sightings;
  const versions = new Map<string, string>();
  for (const rule of rulesOf(configuration)) {
    for (const path of rule.path === "/*" ? MISSING : [rule.path]) {
      // As the provider redirects to it.
      const query = path === "/callback.html" ? "?code=strongroom-check&state=strongroom-check" : "";
      const url = new URL(`${path}${query}`, vault);
      const received = await requests.ask(url);
      if (received instanceof Error) {
        requests.lacks("vault_host_unreachable", vault, received);
        continue;
      }
      const response = { ...received, policies: new Policies(received.headers) };
      for (const { code, found, details } of checkVaultResponse(
        response,
        rule,
        configuration?.apps !== undefined,
      )) {
        report.find(code, url, found, details);
      }
      if (response.status !== 200 || rule.path === "/*" || path === `/${VAULT_WORKER}`) continue;
      const version = isVaultPage(path, response.body) ? undefined : examineFile(url, response.body, report);
      if (version !== undefined) versions.set(path, version);
    }
  }
  if (report.sightings === before) {
    report.pass(
      "The vault's host serves the vault's files, unchanged and with their headers, and nothing else",
    );
  }
  await examineVersions(vault, versions, surroundings, report);
}

/** The rules for the configuration. Those for another one have the same paths. */
function rulesOf(configuration: VaultConfig | undefined): HostRule[] {
  if (configuration?.apps)
    return vaultOriginRules({ ...hostOptionsOf(configuration), apps: configuration.apps });
  const provider = { authorizationEndpoint: "https://auth.invalid", tokenEndpoint: "https://auth.invalid" };
  return vaultOriginRules({ apps: ["https://app.invalid"], api: [], provider });
}

async function examineVersions(
  vault: string,
  versions: Map<string, string>,
  surroundings: Surroundings,
  report: Report,
): Promise<void> {
  const [version, ...more] = new Set(versions.values());
  const own = await versionOf(surroundings);
  if (more.length > 0) {
    const each = [...versions].map(([path, of]) => `${path.slice(1)} ${of}`);
    report.find("vault_files_mixed", vault, each.join(", "));
  } else if (version !== undefined && version !== own) {
    report.find("vault_version_differs", vault, `version ${version}; the package here is ${own}`);
  } else if (version !== undefined) {
    report.pass(`The vault has version ${version}, as the package here`);
  }
}

/** What both worker scripts say must be the same. */
function examineAgreement(
  origin: string,
  { vault, api }: Settings,
  configuration: VaultConfig,
  worker: URL,
  report: Report,
): void {
  const before = report.sightings;
  const { apps = [] } = configuration;
  if (!apps.includes(origin)) report.find("app_not_in_apps", worker, apps.join(", ") || null);
  const ofVault = configuration.api.map(({ url }) => new URL(url, vault));
  for (const each of api.filter((one) => !ofVault.some((other) => contains(other, one)))) {
    report.find("api_not_of_vault", worker, each.href);
  }
  for (const each of ofVault.filter(
    (one) => !api.some((other) => contains(other, one) || contains(one, other)),
  )) {
    report.find("api_not_intercepted", new URL(origin), each.href);
  }
  if (report.sightings === before) report.pass("The vault lists the app, and both have the same APIs");
}

/** Whether `url` is the API at `base` or below it, as for the vault. */
function contains(base: URL, { origin, pathname }: URL): boolean {
  const folder = base.pathname.endsWith("/") ? base.pathname : `${base.pathname}/`;
  return origin === base.origin && (pathname === base.pathname || pathname.startsWith(folder));
}
