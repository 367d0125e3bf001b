// `node deploy/costs.mjs`: computes monthly costs from prices.json and writes them to docs/deploy.md.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { costTables, readPrices, withCosts } from "./lib/costs.mjs";

const page = fileURLToPath(new URL("../docs/deploy.md", import.meta.url));
writeFileSync(page, withCosts(readFileSync(page, "utf8"), costTables(readPrices())));
