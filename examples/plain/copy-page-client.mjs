// The page client is a set of ES modules with relative imports, which browsers load directly.
import { cpSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const dist = dirname(fileURLToPath(import.meta.resolve("strongroom")));
for (const file of readdirSync(dist)) {
  if (/^(index|shared-.*)\.js$/.test(file)) cpSync(`${dist}/${file}`, `public/strongroom/${file}`);
}
