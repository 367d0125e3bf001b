// `node deploy/generate.mjs`: generates the headers and functions in deploy/template.yaml from the package's host rules. The
// package must be built.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { register } from "tsx/esm/api";

// The generator imports the package's TypeScript source.
register();
const { generatedInto } = await import("./lib/generated.mjs");
const path = fileURLToPath(new URL("template.yaml", import.meta.url));
writeFileSync(path, generatedInto(readFileSync(path, "utf8")));
