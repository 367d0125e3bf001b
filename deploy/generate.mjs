// `node deploy/generate.mjs`: generates the headers and functions in deploy/template.yaml from what the package's command line
// prints for CloudFront. The package must be built.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { generatedInto } from "./lib/generated.mjs";

const path = fileURLToPath(new URL("template.yaml", import.meta.url));
writeFileSync(path, generatedInto(readFileSync(path, "utf8")));
