import { isLoopback } from "../configuration/loopback";
import { libraries } from "../configuration/paths";
import type { HostOptions } from "../headers";
import { checkApp, checkErrorPage, checkOtherPath, repeatedNonce } from "./app";
import { HEADER_FINDINGS } from "./catalog";
import { type HeaderFinding, type Observation, Report } from "./findings";
import { askForApp, Host, type HostResponse } from "./host";
import type { Network } from "./network";
import { checkCallback, checkEndpoint, checkWorker, isNoDocument } from "./worker";

/** What the check needs to know about the app. */
export interface AppOptions extends Partial<HostOptions> {
  scope?: string;
  paths?: string[];
  signal?: AbortSignal;
}

/** Checks the host at `start`. `network` decides which requests are allowed and which headers they get. */
export async function check(start: URL, given: AppOptions, network: Network): Promise<HeaderFinding[]> {
  const { basePath = "/auth", workers = ["/vault-worker.js"], paths = [], signal } = given;
  const imports = given.imports ?? libraries(workers);
  const options = { ...given, imports };
  for (const path of [basePath, ...workers, ...imports, ...paths]) mustBePath(path);

  const host = new Host(network, signal);
  const [app, again] = [await askForApp(start, host), await askForApp(start, host)];
  const { origin } = app.url;
  const at = (path: string) => new URL(path, origin);

  const report = new Report(HEADER_FINDINGS);
  const see = ({ url }: HostResponse, observations: Observation[]) => {
    for (const { code, found } of observations) report.find(code, url, found);
  };
  if (isInsecure(app.url)) report.find("insecure_origin", app.url, origin);
  see(app, checkApp(app, options));
  see(app, repeatedNonce(app, again));

  const code = "strongroom-check";
  const callbackUrl = at(`${basePath}/callback?code=${code}&state=${code}`);
  const callback = await host.ask(callbackUrl, "page");
  see(callback, checkCallback(callback, app));
  const below = await host.ask(at(`${basePath}/${code}/below`), "page");
  see(below, checkEndpoint(below, app));
  for (const path of [...workers, ...imports]) {
    const script = await host.ask(at(path), "worker");
    see(script, checkWorker(script, options));
  }
  const missing = await host.ask(at("/strongroom-check/missing"), "page");
  see(missing, checkOtherPath(missing, app, options));
  for (const other of [...firstScript(app), ...paths.map(at)]) {
    const response = await host.ask(other, "page");
    see(response, checkOtherPath(response, app, options));
  }
  for (const [refused, headers] of refusals(at)) {
    const page = await host.provoke(refused, headers);
    if (page) see(page, checkErrorPage(page, app, missing));
  }
  const bomb = { cookie: `strongroom-check=${"a".repeat(40_000)}` };
  const refused = await host.provoke(callbackUrl, bomb);
  if (isNoDocument(callback) && !(refused && isNoDocument(refused))) {
    report.find(
      "refused_callback_keeps_its_url",
      callbackUrl,
      refused ? String(refused.status) : "no response",
    );
  }
  return isDevelopmentServer(app) ? withoutDevelopment(report.findings) : report.findings;
}

/** Whether this is Vite's development server on this machine, for whose client the plugin extends the policy. */
function isDevelopmentServer({ url, body }: HostResponse): boolean {
  return isLoopback(url) && /<script\b[^>]{0,200}\bsrc="[^"]{0,200}\/@vite\/client"/.test(body);
}

/** Removes the findings that the plugin causes: one nonce per server start, and a worker that waits while the server restarts. */
function withoutDevelopment(findings: HeaderFinding[]): HeaderFinding[] {
  return findings.filter(
    ({ code }) => code !== "app_repeats_its_nonce" && code !== "app_starts_workers_from_text",
  );
}

/**
 * Requests that hosts refuse before they apply an app's rules, and that script can cause in a frame: an over-long URL (414, 431), a
 * malformed URL (400), and more cookies than a host accepts (400, 431).
 */
function refusals(at: (path: string) => URL): [URL, Record<string, string>][] {
  const long = "a".repeat(20_000);
  return [
    [at(`/strongroom-check/${long}`), {}],
    [at("/strongroom-check/%00%zz"), {}],
    [at("/strongroom-check/missing"), { cookie: `strongroom-check=${long}` }],
  ];
}

/** A script that the page loads. Some hosts send headers with pages only. */
function firstScript({ body, url }: HostResponse): URL[] {
  const [, source] = /<script\b[^>]*\bsrc=["']?([^"'\s>]+)/i.exec(body) ?? [];
  const script = source && URL.canParse(source, url) ? new URL(source, url) : undefined;
  return script?.origin === url.origin ? [script] : [];
}

/** Whether browsers offer no service workers, because an attacker on the network can change the page. */
export function isInsecure(url: URL): boolean {
  return url.protocol !== "https:" && !isLoopback(url);
}

function mustBePath(path: string): void {
  if (!/^\/(?![/\\])/.test(path)) {
    throw new TypeError(
      `checkHeaders: "${path}" is not a path of the app's origin. Write one such as "/auth".`,
    );
  }
}
