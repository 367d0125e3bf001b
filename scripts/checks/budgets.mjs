/** @import { Check } from "./check.ts" */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { root } from "../lib/paths.mjs";
import { npmPackages } from "../setup/npm-packages.mjs";
import { build } from "./build.mjs";

/** What a host compresses once and keeps; 11 is the highest there is. */
const QUALITY = 11;

/** @type {Check} */
export const budgets = {
  name: "budgets",
  what: "the sizes that budgets.json allows, after brotli, in kilobytes of 1024 bytes",
  requires: [npmPackages],
  after: [build.name],
  async run(job) {
    const cases = { passed: 0, failed: 0, skipped: 0 };
    for (const { what, kilobytes, ...source } of budgeted()) {
      const content = "file" in source ? readFileSync(join(root, source.file)) : await bundle(source.bundle);
      const size = brotli(content) / 1024;
      const figure = `${size.toFixed(2)} KB of ${kilobytes} KB: ${what}`;
      job.note(figure);
      if (size <= kilobytes) {
        cases.passed += 1;
      } else {
        cases.failed += 1;
        job.fail(`over budget: ${figure}`);
      }
    }
    return cases;
  },
};

/** @returns {({ what: string; kilobytes: number } & ({ file: string } | { bundle: string }))[]} */
function budgeted() {
  return Object.values(JSON.parse(readFileSync(join(root, "budgets.json"), "utf8")));
}

/**
 * What a bundler makes of a few lines of an application: all that loads with the page. What the lines load later, by
 * `import()`, is in files of its own and does not count.
 *
 * @param {string} contents
 */
async function bundle(contents) {
  const { build: esbuild } = await import("esbuild");
  const { outputFiles, metafile } = await esbuild({
    stdin: { contents, resolveDir: join(root, "demo-spa") },
    bundle: true,
    splitting: true,
    outdir: join(root, "bundle"),
    absWorkingDir: root,
    minify: true,
    format: "esm",
    target: "es2022",
    external: ["react", "react/jsx-runtime"],
    legalComments: "none",
    metafile: true,
    write: false,
  });
  const loaded = new Set(["bundle/stdin.js"]);
  for (const path of loaded) {
    for (const { path: imported, kind } of metafile.outputs[path]?.imports ?? []) {
      if (kind === "import-statement" && imported in metafile.outputs) loaded.add(imported);
    }
  }
  const files = outputFiles.filter(({ path }) => loaded.has(relative(root, path)));
  return Buffer.concat(files.map(({ contents }) => contents));
}

/** @param {Buffer} content */
function brotli(content) {
  return brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } }).byteLength;
}
