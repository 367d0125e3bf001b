// `node deploy/costs.mjs`: computes what a month costs from prices.json, into docs/deploy.md.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { costTables, readPrices, withCosts } from "./lib/costs.mjs";

const page = fileURLToPath(new URL("../docs/deploy.md", import.meta.url));
writeFileSync(page, withCosts(readFileSync(page, "utf8"), costTables(readPrices())));
