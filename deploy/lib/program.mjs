import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The path of the package's command line. */
export function program() {
  const manifest = createRequire(import.meta.url).resolve("strongroom/package.json");
  return join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.strongroom);
}
