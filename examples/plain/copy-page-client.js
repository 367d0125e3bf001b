// The page client is ES modules that import each other by relative paths: browsers take them as they are.
import { cpSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const dist = dirname(fileURLToPath(import.meta.resolve("strongroom")));
for (const file of readdirSync(dist)) {
  if (/^(index|shared-.*)\.js$/.test(file)) cpSync(`${dist}/${file}`, `public/strongroom/${file}`);
}
