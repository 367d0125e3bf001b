// `node deploy/generate.mjs`: writes into deploy/template.yaml what follows from the package's host rules, so that the
// template cannot say anything else. The package has to be built.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { register } from "tsx/esm/api";

// Part of the generator is the package's own source.
register();
const { generatedInto } = await import("./lib/generated.mjs");
const path = fileURLToPath(new URL("template.yaml", import.meta.url));
writeFileSync(path, generatedInto(readFileSync(path, "utf8")));
