/** @import { Check, Job } from "./check.ts" */
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
  what: "the sizes that budgets.json allows, in kilobytes of 1024 bytes: the tarball's, all others after brotli",
  requires: [npmPackages],
  after: [build.name],
  async run(job) {
    const cases = { passed: 0, failed: 0, skipped: 0 };
    for (const { what, kilobytes, ...source } of budgeted()) {
      const size = (await bytes(source, job)) / 1024;
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

/** @typedef {{ file: string } | { bundle: string } | { package: string }} Source */

/** @returns {({ what: string; kilobytes: number } & Source)[]} */
function budgeted() {
  return Object.values(JSON.parse(readFileSync(join(root, "budgets.json"), "utf8")));
}

/**
 * @param {Source} source
 * @param {Job} job
 */
async function bytes(source, job) {
  if ("package" in source) return packed(source.package, job);
  return brotli("file" in source ? readFileSync(join(root, source.file)) : await bundle(source.bundle));
}

/**
 * The size of the tarball that npm would publish.
 *
 * @param {string} folder
 * @param {Job} job
 */
async function packed(folder, job) {
  const { output } = await job.run("npm", [
    "pack",
    join(root, folder),
    "--dry-run",
    "--json",
    "--loglevel=error",
  ]);
  return JSON.parse(output.slice(output.search(/^\[/m)))[0].size;
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
