// `node deploy/costs.mjs`: computes monthly costs from prices.json and writes them to docs/deploy.md.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * @typedef {{ what: string; source: string; tiers: [upTo: number | null, price: number][] }} Price
 * @typedef {{ read: string; prices: Record<string, Price>; usage: Record<string, { value: number; what: string }> }} Prices
 */

const BEGIN = "<!-- What follows is written by `node deploy/costs.mjs`. -->";
const END = "<!-- What came before was written by `node deploy/costs.mjs`. -->";

/** @returns {Prices} */
export function readPrices() {
  return JSON.parse(readFileSync(new URL("prices.json", import.meta.url), "utf8"));
}

/**
 * The monthly cost of `units`.
 *
 * @param {Price["tiers"]} tiers
 * @param {number} units
 */
export function cost(tiers, units) {
  let below = 0;
  let sum = 0;
  for (const [upTo, price] of tiers) {
    const end = upTo ?? Number.POSITIVE_INFINITY;
    sum += Math.max(0, Math.min(units, end) - below) * price;
    below = end;
  }
  return sum;
}

/**
 * What this many users consume per month, by the keys of the prices.
 *
 * @param {Prices} prices
 * @param {number} users
 * @returns {Record<string, number>}
 */
export function monthlyUnits({ usage }, users) {
  const of = (/** @type {string} */ name) => {
    const value = usage[name]?.value;
    if (value === undefined) throw new Error(`prices.json: usage.${name} is missing`);
    return value;
  };
  const days = users * of("activeDays");
  const apiRequests = days * of("apiRequestsPerDay");
  const siteRequests = days * of("siteRequestsPerDay");
  return {
    users,
    apiRequests,
    apiGigabytes: (apiRequests * of("apiKilobytes")) / 2 ** 20,
    functionRequests: apiRequests,
    functionGigabyteSeconds:
      (apiRequests * of("functionMilliseconds") * of("functionMegabytes")) / 1000 / 1024,
    logGigabytes: (apiRequests * of("logBytes")) / 2 ** 30,
    siteRequests,
    siteGigabytes: (users * of("siteKilobytes")) / 2 ** 20,
    siteFunctionRuns: siteRequests,
  };
}

const SIZES = [1_000, 100_000, 10_000_000];

/** The cost tables of the page. @param {Prices} prices */
export function costTables(prices) {
  const months = SIZES.map((users) => monthlyUnits(prices, users));
  const priced = Object.entries(prices.prices);
  const row = (/** @type {string} */ key) =>
    months.map((units) => cost(prices.prices[key]?.tiers ?? [], units[key] ?? 0));
  const rows = priced
    .filter(([key]) => key !== "restApiRequests")
    .map(([key, { what }]) => ({ what, costs: row(key) }));
  const sums = months.map((_, column) => rows.reduce((sum, { costs }) => sum + (costs[column] ?? 0), 0));
  const rest = months.map((units) =>
    cost(prices.prices.restApiRequests?.tiers ?? [], units.apiRequests ?? 0),
  );
  const http = row("apiRequests");
  const withRest = sums.map((sum, column) => sum - (http[column] ?? 0) + (rest[column] ?? 0));
  const perUser = sums.map((sum, column) => sum / (SIZES[column] ?? 1));
  return [
    `USD per month, list prices of us-east-1, read ${prices.read}.`,
    table(
      ["", ...SIZES.map((users) => `${thousands(users)} monthly users`)],
      [
        ...rows.map(({ what, costs }) => [what, ...costs.map(dollars)]),
        ["**sum**", ...sums.map((sum) => `**${dollars(sum)}**`)],
        ["per user", ...perUser.map((sum) => sum.toFixed(4))],
        ["sum with a REST API instead", ...withRest.map(dollars)],
      ],
    ),
    "Assumptions per monthly user:",
    table(
      ["", "value"],
      Object.values(prices.usage).flatMap(({ what, value }) =>
        what === undefined ? [] : [[what, String(value)]],
      ),
    ),
    "Sources:",
    priced.map(([, { what, source }]) => `- ${what}: ${source}`).join("\n"),
  ].join("\n\n");
}

/**
 * `page` with the computed costs.
 *
 * @param {string} page
 * @param {string} costs
 */
export function withCosts(page, costs) {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error("docs/deploy.md lacks the comments around its costs.");
  return `${page.slice(0, begin)}${BEGIN}\n\n${costs}\n\n${page.slice(end)}`;
}

/**
 * @param {string[]} head
 * @param {string[][]} rows
 */
function table(head, rows) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** @param {number} amount */
function dollars(amount) {
  return amount > 0 && amount < 0.01 ? "< 0.01" : thousands(amount, amount < 100 ? 2 : 0);
}

/**
 * @param {number} number
 * @param {number} [decimals]
 */
function thousands(number, decimals = 0) {
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return number.toLocaleString("en-US", options).replaceAll(",", " ");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = fileURLToPath(new URL("../docs/deploy.md", import.meta.url));
  writeFileSync(page, withCosts(readFileSync(page, "utf8"), costTables(readPrices())));
}
