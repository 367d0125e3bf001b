// Builds the package `strongroom-dev-provider` into dist/: one file with all of its dependencies.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { notices } from "../../sw-shim/scripts/notices.mjs";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const root = join(packageDir, "..");
const dist = join(packageDir, "dist");

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
const { metafile } = await build({
  absWorkingDir: root,
  // Outputs name their inputs: where a linked node_modules really is must not show.
  preserveSymlinks: true,
  entryPoints: [join(packageDir, "src/dev-provider.ts")],
  outfile: join(dist, "dev-provider.js"),
  bundle: true,
  minify: true,
  // oidc-provider tells its models apart by the names of their classes.
  keepNames: true,
  format: "esm",
  platform: "node",
  target: "node20",
  legalComments: "none",
  logLevel: "warning",
  // Some dependencies are CommonJS, and require Node's own modules.
  banner: {
    js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
  },
  metafile: true,
});
writeFileSync(join(dist, "third-party-licences.txt"), notices(root, [metafile]));
for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"])
  copyFileSync(join(root, licence), join(dist, licence));
