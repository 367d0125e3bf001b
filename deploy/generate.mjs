// `node deploy/generate.mjs`: writes into deploy/template.yaml what follows from the package's host rules, so that the
// template cannot say anything else. The package has to be built.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { generatedInto } from "./lib/generated.mjs";

const path = fileURLToPath(new URL("template.yaml", import.meta.url));
writeFileSync(path, generatedInto(readFileSync(path, "utf8")));
