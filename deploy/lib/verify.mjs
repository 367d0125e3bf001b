/** @import { HostRule } from "strongroom/headers" */
import { hostRules, ruleFor } from "strongroom/headers";
import { basePath, workers } from "./app.mjs";
import { hostOptions } from "./stack.mjs";

/**
 * Asks the app's host, without a browser and so without a worker, whether it answers as the vault needs it.
 *
 * @param {import("./stack.mjs").Outputs} outputs
 * @returns {Promise<string[]>} what is wrong, a sentence each
 */
export async function problemsOfHost(outputs) {
  const rules = hostRules(hostOptions(outputs));
  const ask = async (/** @type {string} */ path, method = "GET") => {
    const response = await fetch(new URL(path, outputs.AppOrigin), { method, redirect: "manual" });
    const pathname = path.split("?")[0] ?? path;
    return {
      what: `${method} ${path}`,
      response,
      rule: ruleFor(rules, pathname),
      body: await response.text(),
    };
  };
  const app = await ask("/");
  const endpoints = await Promise.all([
    ask(`${basePath}/callback?code=code&state=state`),
    ask(`${basePath}/anything/below`),
    ask(`${basePath}/logout`, "POST"),
  ]);
  const scripts = await Promise.all(workers.map((worker) => ask(worker)));
  const view = await ask("/a/view/of/the/app");
  const missing = await ask("/assets/missing.js");
  return [
    ...[app, ...endpoints, ...scripts, view, missing].flatMap(wrongHeaders),
    ...endpoints.flatMap(notThePage),
    ...[app, ...scripts, view].flatMap(({ what, response }) =>
      response.status === 200 ? [] : [`${what}: the status is ${response.status}, not 200.`],
    ),
    ...(view.body === app.body ? [] : [`${view.what}: it is not the app.`]),
    ...(missing.response.status === 404
      ? []
      : [`${missing.what}: the status is ${missing.response.status}, not 404.`]),
  ];
}

/** @param {{ what: string; response: Response; rule: HostRule }} answer */
function wrongHeaders({ what, response, rule }) {
  return Object.entries(rule.headers).flatMap(([name, wanted]) => {
    const sent = response.headers.get(name);
    const same = sent !== null && squeezed(sent) === squeezed(wanted);
    return same ? [] : [`${what}: ${name} is ${sent === null ? "missing" : `"${sent}"`}, not "${wanted}".`];
  });
}

/** @param {{ what: string; response: Response; rule: HostRule; body: string }} answer */
function notThePage({ what, response, rule: { page }, body }) {
  if (!page) return [];
  return [
    ...(response.status === page.status
      ? []
      : [`${what}: the status is ${response.status}, not ${page.status}.`]),
    ...(body === page.body ? [] : [`${what}: it is not the endpoints' page.`]),
  ];
}

/** White space is of no account in these headers. @param {string} value */
function squeezed(value) {
  return value.replaceAll(/\s+/g, " ").replaceAll(" ;", ";").trim();
}
