/** @import { Check } from "./check.ts" */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { forBuilding } from "../lib/build-package.mjs";
import { filesInGit } from "../lib/commands.mjs";
import { root } from "../lib/paths.mjs";
import { ALL_SCENARIOS, PROSE } from "./ignored.mjs";

/** Dependencies, which both builds share. */
const SHARED = ["node_modules", "sw-shim/node_modules", ".tools"];

/** @type {Check} */
export const reproducible = {
  name: "reproducible",
  what: "that a second build, in another folder, gives the same bytes",
  requires: forBuilding,
  after: ["build"],
  usesCargo: true,
  ignores: [...PROSE, ...ALL_SCENARIOS],
  async run(job) {
    const copy = mkdtempSync(join(tmpdir(), "strongroom-second-build-"));
    try {
      await copyCheckout(copy);
      const built = await job.run("node", ["sw-shim/scripts/build.mjs"], { cwd: copy });
      if (!built.ok) return undefined;
      const digests = [await digestOfTarball(job, root), await digestOfTarball(job, copy)];
      job.note(`the tarball is sha256-${digests[0]}`);
      if (digests[0] !== digests[1]) job.fail(`the second build's is sha256-${digests[1]}`);
    } finally {
      rmSync(copy, { recursive: true });
    }
    return undefined;
  },
};

/**
 * The project's files, and the standard library as the first build compiled it, which takes minutes. Without the compiled crates of
 * the project and what wasm-bindgen and wasm-opt made of them.
 *
 * @param {string} copy
 */
async function copyCheckout(copy) {
  for (const file of await filesInGit()) {
    cpSync(join(root, file), join(copy, file), { preserveTimestamps: true });
  }
  cpSync(join(root, "target", "worker"), join(copy, "target", "worker"), {
    recursive: true,
    preserveTimestamps: true,
    filter: (source) => !/^(lib)?strongroom[_-]/.test(basename(source)),
  });
  for (const name of SHARED.filter((name) => existsSync(join(root, name)))) {
    symlinkSync(join(root, name), join(copy, name));
  }
}

/**
 * @param {import("./check.ts").Job} job
 * @param {string} checkout
 */
async function digestOfTarball(job, checkout) {
  const target = mkdtempSync(join(tmpdir(), "strongroom-tarball-"));
  const { output } = await job.run("npm", [
    "pack",
    join(checkout, "sw-shim"),
    "--silent",
    "--ignore-scripts",
    "--pack-destination",
    target,
  ]);
  const name = output.trim().split("\n").at(-1) ?? "";
  const digest = createHash("sha256")
    .update(readFileSync(join(target, name)))
    .digest("base64");
  rmSync(target, { recursive: true });
  return digest;
}
