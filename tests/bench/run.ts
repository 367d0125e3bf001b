// npm run bench [-- --rounds 5] [-- --out docs]: measures the cost of a token in a worker, compared with alternatives, in
// Chromium. Without `--out`, the page and its plots go to tests/artifacts.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { missedBudgets } from "./budgets.js";
import { measure } from "./measure.js";
import { writePage } from "./page.js";
import { report } from "./report.js";

const artifacts = fileURLToPath(new URL("../artifacts", import.meta.url));
const { values } = parseArgs({
  options: { rounds: { type: "string", default: "15" }, out: { type: "string", default: artifacts } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`--rounds is "${values.rounds}", which is not a whole number from 1 on.`);
  process.exit(2);
}

const results = await measure(rounds, (sentence) => console.log(`bench: ${sentence}`));
await mkdir(artifacts, { recursive: true });
await writeFile(join(artifacts, "bench.json"), JSON.stringify(results, toMicroseconds));
await writePage(results, values.out);
console.log(report(results));
console.log(`\nThe same with plots: ${join(values.out, "benchmarks.md")}`);

const missed = missedBudgets(results);
for (const sentence of missed) console.error(`\n${sentence}`);
if (missed.length === 0) console.log("\nAll budgets of tests/bench/budgets.json are kept.");
process.exitCode = missed.length > 0 ? 1 : 0;

/** Rounds figures in the results. Omitted digits are finer than the browser's clock. */
function toMicroseconds(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Math.round(value * 1000) / 1000 : value;
}
