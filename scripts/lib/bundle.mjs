import { basename, join, relative } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { root } from "./paths.mjs";

/** As a host compresses static files: with the highest quality, 11. */
const QUALITY = 11;

/**
 * Bundles a few lines of an application: all that loads with the page, without what `import()` loads later.
 *
 * @param {string} contents
 * @param {string} folder of the checkout, from where packages are looked for
 */
export async function bundle(contents, folder) {
  return Buffer.concat([...(await bundleFiles(contents, folder)).values()]);
}

/**
 * The files of {@link bundle}, by name. The entry is `stdin.js`.
 *
 * @param {string} contents
 * @param {string} folder
 * @returns {Promise<Map<string, Uint8Array>>}
 */
export async function bundleFiles(contents, folder) {
  const { build: esbuild } = await import("esbuild");
  const { outputFiles, metafile } = await esbuild({
    stdin: { contents, resolveDir: join(root, folder) },
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
  return new Map(files.map(({ path, contents }) => [basename(path), contents]));
}

/**
 * The size of `content` as a host sends it, in bytes.
 *
 * @param {Buffer} content
 */
export function brotli(content) {
  return brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } }).byteLength;
}
