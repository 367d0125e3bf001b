// Builds the package `strongroom` into dist/: the scripts for hosts, with the wasm inlined in the worker files, the modules, and the
// types.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { notices } from "./notices.mjs";
import { withoutFormatter, zeroPowers } from "./traps.mjs";
import { publishable } from "./types.mjs";
import { withFirstLine } from "./worker-file.mjs";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const root = join(packageDir, "..");
const dist = join(packageDir, "dist");
/** The wasm of each worker file: for an app's own origin, and for an origin of the vault's own. */
const wasmDirs = { worker: join(dist, "wasm"), vault: join(dist, "wasm-vault") };
const target = join(root, "target", "worker");
const bin = join(root, "node_modules", ".bin");
const { version } = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8"));

/**
 * The standard library built for size, and panics that trap at once: a third of the wasm. Both need options that a
 * stable compiler has and hides; the toolchain is pinned in rust-toolchain.toml, so they mean the same everywhere.
 */
const smallStd = {
  arguments: ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"],
  environment: {
    RUSTC_BOOTSTRAP: "1",
    RUSTC_WRAPPER: join(packageDir, "scripts", "rustc.mjs"),
    RUSTFLAGS: [
      "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none",
      '--cfg sha2_backend_soft="compact"',
    ].join(" "),
  },
};

/** Features that the compiler uses and every supported engine has. */
const wasmFeatures = [
  "bulk-memory",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
].map((feature) => `--enable-${feature}`);

/**
 * Optimizes twice, since the first pass enables the second. Sorts functions by name, so that those of one crate are adjacent and
 * compress better. Memory starts as zeros, and its first kilobyte is the far end of the stack, without constants. Not
 * `--traps-never-happen`, which would remove bounds checks.
 */
const smallest = [
  "--flatten",
  "--rereloop",
  "-Oz",
  "-Oz",
  "--reorder-functions-by-name",
  "--zero-filled-memory",
  "--low-memory-unused",
  "--strip-debug",
  "--strip-producers",
];

/** Bundles the glue and the wasm of `wasmDir`, which is inlined as hexadecimal digits: engines decode them natively. */
const wasmOf = (wasmDir) => ({
  name: "wasm-of",
  setup(builder) {
    builder.onResolve({ filter: /\/dist\/wasm\/glue\.js$/ }, () => ({ path: join(wasmDir, "glue.js") }));
    builder.onResolve({ filter: /\/dist\/wasm\/.*\.wasm\?hex$/ }, ({ path }) => ({
      path: join(wasmDir, basename(path, "?hex")),
      namespace: "hex",
    }));
    builder.onLoad({ filter: /.*/, namespace: "hex" }, ({ path }) => ({
      contents: readFileSync(path, "hex"),
      loader: "text",
    }));
  },
});

/** Bundling options of a library with this wasm. */
const workerOptions = (wasmDir, isVaultOrigin) => ({
  plugins: [wasmOf(wasmDir)],
  define: { ...common.define, VAULT_ORIGIN: String(isVaultOrigin) },
});

/** Bundling options that all parts share. */
const common = {
  absWorkingDir: root,
  // Outputs name their inputs, which must not reveal where a linked node_modules really is.
  preserveSymlinks: true,
  bundle: true,
  minify: true,
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
  define: { STRONGROOM_VERSION: JSON.stringify(version) },
};

clean();
buildWasm(wasmDirs.worker, "app-origin");
buildWasm(wasmDirs.vault, "vault-origin");
await buildScript("worker/main.ts", "strongroom-worker.js", workerOptions(wasmDirs.worker, false));
await buildScript("worker/main.ts", "strongroom-vault.js", workerOptions(wasmDirs.vault, true));
await buildScript("interceptor/main.ts", "strongroom-interceptor.js");
await buildScript("frame/main.ts", "strongroom-frame.js");
await buildModules();
emitTypes();

/** Everything but the wasm, which is kept while its input is unchanged. */
function clean() {
  for (const name of existsSync(dist) ? readdirSync(dist) : []) {
    if (!name.startsWith("wasm")) rmSync(join(dist, name), { recursive: true });
  }
}

/**
 * The wasm and its JavaScript glue, optimised for size.
 *
 * @param {string} wasmDir
 * @param {string} mode a feature of crate/wasm
 */
function buildWasm(wasmDir, mode) {
  run(
    "cargo",
    [
      "build",
      "--release",
      "--locked",
      "--package",
      "strongroom-wasm",
      "--no-default-features",
      "--features",
      mode,
      "--target",
      "wasm32-unknown-unknown",
      "--target-dir",
      target,
      ...smallStd.arguments,
    ],
    { ...process.env, ...smallStd.environment },
  );
  const input = join(target, "wasm32-unknown-unknown", "release", "strongroom_wasm.wasm");
  const stamp = join(wasmDir, "input.sha256");
  const scripts = ["build.mjs", "traps.mjs"].map((name) => readFileSync(join(packageDir, "scripts", name)));
  const hash = createHash("sha256")
    .update(Buffer.concat([readFileSync(input), ...scripts]))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  rmSync(wasmDir, { recursive: true, force: true });
  run("wasm-bindgen", ["--target", "web", "--out-dir", wasmDir, input], withTools());
  const output = join(wasmDir, "strongroom_wasm_bg.wasm");
  const glue = join(wasmDir, "strongroom_wasm.js");
  const bytes = readFileSync(output);
  zeroPowers(bytes);
  writeFileSync(output, bytes);
  const text = `${output}.wat`;
  run(join(bin, "wasm-dis"), [...wasmFeatures, output, "-o", text]);
  writeFileSync(text, shortenNames(withoutFormatter(readFileSync(text, "utf8")), glue));
  run(join(bin, "wasm-as"), ["--debuginfo", ...wasmFeatures, text, "-o", output]);
  rmSync(text);
  writeFileSync(join(wasmDir, "glue.js"), glueFactory(readFileSync(glue, "utf8")));
  run(join(bin, "wasm-opt"), [...smallest, ...wasmFeatures, output, "-o", output]);
  writeFileSync(stamp, hash);
}

/**
 * Shortens the names of imports and exports in the wasm and in its glue: those of wasm-bindgen have a hash each, which does not
 * compress.
 *
 * @param {string} wat
 * @param {string} glue the path of the glue, which is changed
 */
function shortenNames(wat, glue) {
  const short = new Map();
  const shorten = (name) => {
    if (!short.has(name)) short.set(name, `_${short.size.toString(36)}`);
    return short.get(name);
  };
  const shortened = wat
    .replace(/\(import "[^"]+" "(\w+)"/g, (_, name) => `(import "_" "${shorten(name)}"`)
    .replace(/\(export "(\w+)"/g, (_, name) => `(export "${shorten(name)}"`);
  const glueText = readFileSync(glue, "utf8")
    .replace('"./strongroom_wasm_bg.js": ', "_: ")
    .replace(/\b__wb\w+(?=: function)/g, shorten)
    .replace(/(?<=\bwasm\.)\w+/g, shorten);
  writeFileSync(glue, glueText);
  return shortened;
}

/**
 * Wraps the glue in a function that makes the glue of one instance, because the worker starts another instance after a trap. Removes
 * the loaders, since the worker has the bytes. Hides `FinalizationRegistry`, which would cost microseconds for each request: the
 * vault lives as long as its instance, and callbacks free themselves.
 *
 * @param {string} glue
 */
function glueFactory(glue) {
  let body = without(glue, /^async function __wbg_\w+\([\s\S]*?^}$/gm, 3);
  body = without(body, /^export \{[^}]*\};$/gm, 1);
  body = body.replace(/^export (?=class|function)/gm, "");
  if (/\bnew Function\b/.test(body)) {
    throw new Error("The glue evaluates text, which the worker's Content-Security-Policy forbids.");
  }
  return [
    "export function createGlue() {",
    "const FinalizationRegistry = undefined;",
    body,
    "return { initSync, Vault };",
    "}",
    // Keeps all but one position of the glue out of the worker files' maps, where nobody needs them. esbuild ignores a map without any.
    '//# sourceMappingURL=data:application/json,{"version":3,"sources":["glue.js"],"names":[],"mappings":"AAAA"}',
  ].join("\n");
}

/** Removes a part from `text` that must occur that often. */
function without(text, what, times) {
  if (text.match(what)?.length !== times) throw new Error(`wasm-bindgen writes something else now: ${what}`);
  return text.replace(what, "");
}

/**
 * Builds one classic script, and a source map that it does not refer to, so that browsers do not request it. The map is for error
 * trackers.
 *
 * @param {string} entry
 * @param {string} name
 * @param {import("esbuild").BuildOptions} [options]
 */
async function buildScript(entry, name, options = {}) {
  const outfile = join(dist, name);
  const { outputFiles } = await build({
    ...common,
    entryPoints: [join(packageDir, "src", entry)],
    outfile,
    format: "iife",
    ...options,
    sourcemap: "external",
    write: false,
  });
  for (const { path, text } of outputFiles) {
    writeFileSync(path, path === outfile ? withFirstLine(version, text) : mapOfScript(text));
  }
}

/**
 * The map without the wasm and its glue, which are no sources and the greatest part, nor the path it was built at; one
 * line further down, because of the script's first.
 *
 * @param {string} text
 */
function mapOfScript(text) {
  const map = JSON.parse(text);
  map.mappings = `;${map.mappings}`;
  map.sources.forEach((source, index) => {
    if (source.endsWith(".wasm")) map.sources[index] = "strongroom.wasm";
    else if (!source.endsWith("/glue.js")) return;
    map.sourcesContent[index] = null;
  });
  return JSON.stringify(map);
}

/** What pages, workers, servers and build tools import, and the command line. */
async function buildModules() {
  const entry = (name, path) => ({ in: join(packageDir, "src", path), out: name });
  await build({
    ...common,
    entryPoints: [entry("index", "page/index.ts"), entry("react", "react/index.ts")],
    outdir: dist,
    format: "esm",
    splitting: true,
    chunkNames: "shared-[name]",
    external: ["react", "react/jsx-runtime"],
    jsx: "automatic",
    sourcemap: true,
  });
  await build({
    ...common,
    entryPoints: [
      entry("worker", "worker/module.ts"),
      entry("interceptor", "interceptor/module.ts"),
      entry("testing", "testing/index.ts"),
      entry("testing-playwright", "testing/playwright.ts"),
    ],
    outdir: dist,
    format: "esm",
    // Not minified, so they need no source maps.
    minify: false,
    external: ["./strongroom-worker.js", "./strongroom-interceptor.js"],
  });
  const { metafile } = await build({
    ...common,
    entryPoints: [
      entry("headers", "headers/index.ts"),
      entry("check-headers", "checks/index.ts"),
      entry("vite", "vite/index.ts"),
    ],
    outdir: dist,
    format: "esm",
    platform: "node",
    minify: false,
    loader: { ".html": "text" },
    external: ["vite"],
    metafile: true,
  });
  const cli = await build({
    ...common,
    entryPoints: [entry("cli", "cli/bin.ts")],
    outdir: dist,
    format: "esm",
    platform: "node",
    target: "node20",
    loader: { ".html": "text" },
    external: ["vite"],
    // The argument parser is CommonJS and requires modules of Node.js.
    banner: {
      js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
    },
    metafile: true,
  });
  writeFileSync(join(dist, "third-party-licences.txt"), notices(root, [metafile, cli.metafile]));
}

function emitTypes() {
  run(join(bin, "tsc"), ["--project", join(packageDir, "tsconfig.types.json")]);
  const { exports } = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8"));
  const entries = Object.values(exports).flatMap(({ types }) => types ?? []);
  publishable(
    join(dist, "types"),
    entries.map((entry) => join(packageDir, entry)),
  );
}

function run(command, args, env = process.env) {
  execFileSync(command, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
}

/** This checkout's tools take precedence over the machine's. */
function withTools() {
  return { ...process.env, PATH: `${join(root, ".tools", "bin")}:${process.env.PATH}` };
}
