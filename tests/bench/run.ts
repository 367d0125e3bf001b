// npm run bench [-- --rounds 5]: what a token in a worker costs beside what a page could do instead, in one Chromium.
import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { missedBudgets } from "./budgets.js";
import { measure } from "./measure.js";
import { report } from "./report.js";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`--rounds is "${values.rounds}", which is not a whole number from 1 on.`);
  process.exit(2);
}

const results = await measure(rounds, (sentence) => console.log(`bench: ${sentence}`));
const artifact = new URL("../artifacts/bench.json", import.meta.url);
await mkdir(new URL(".", artifact), { recursive: true });
await writeFile(artifact, JSON.stringify(results, toMicroseconds));
console.log(report(results));

const missed = missedBudgets(results);
for (const sentence of missed) console.error(`\n${sentence}`);
if (missed.length === 0) console.log("\nAll budgets of tests/bench/budgets.json are kept.");
process.exitCode = missed.length > 0 ? 1 : 0;

/** All times in the results are milliseconds or microseconds: what is left out is finer than the browser's clock. */
function toMicroseconds(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Math.round(value * 1000) / 1000 : value;
}
