// Injects random faults while a signed-in session makes API requests:
//
//   npx tsx tests/faults/run.ts ENGINE SECONDS [SEED] [--vault-origin]
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Engine } from "../e2e/engines/engine.js";
import { launch } from "../e2e/engines/launch.js";
import { FaultRun, report } from "./fault-run.js";

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = { "vault-origin": { type: "boolean" } } as const;
  const { positionals, values } = parseArgs({ options, allowPositionals: true });
  const [engine = "chromium", seconds = "120", seed] = positionals;
  const browser = await launch(engine as Engine);
  try {
    const run = new FaultRun(browser, seed === undefined ? undefined : Number(seed), values["vault-origin"]);
    console.log(`${engine}: seed ${run.seed}`);
    const result = await run.run(Number(seconds) * 1_000, console.log);
    console.log(report(result));
    process.exitCode = result.unanswered + result.refused === 0 ? 0 : 1;
  } finally {
    await browser.close();
  }
}
