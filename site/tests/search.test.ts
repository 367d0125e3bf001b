import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import MiniSearch from "minisearch";
import { beforeAll, expect, it } from "vitest";
import { searchOptions } from "../.vitepress/search";

const chunks = fileURLToPath(new URL("../dist/assets/chunks", import.meta.url));
let index: MiniSearch;

beforeAll(async () => {
  const file = readdirSync(chunks).find((name) => name.startsWith("@localSearchIndexroot"));
  const { default: json } = await import(pathToFileURL(join(chunks, `${file}`)).href);
  // As VitePress's search box reads it.
  index = MiniSearch.loadJSON(json, {
    fields: ["title", "titles", "text"],
    storeFields: ["title", "titles"],
    searchOptions: { fuzzy: 0.2, prefix: true, boost: { title: 4, text: 2, titles: 1 }, ...searchOptions },
  });
});

it.each(["upload", "API requests", "sign-in", "memory", "renewal", "hosting", "test"])(
  "a search for %j finds a guide before the benchmarks",
  (query) => {
    const found = index.search(query).map(({ id }) => String(id));
    const guide = found.findIndex((id) => id.startsWith("/docs/guides/"));
    const benchmark = found.findIndex((id) => /^\/docs\/(benchmarks|scale)\.html/.test(id));
    expect(guide).toBeGreaterThanOrEqual(0);
    if (benchmark >= 0) expect(guide).toBeLessThan(benchmark);
  },
);
