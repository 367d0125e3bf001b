import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The licences of the npm packages whose code is in the bundles, which must be distributed with it.
 *
 * @param {string} root of the checkout
 * @param {import("esbuild").Metafile[]} metafiles
 */
export function notices(root, metafiles) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(
    inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []),
  );
  return [...folders]
    .sort()
    .map((folder) => {
      const path = join(root, folder);
      const { name, version, license } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
      const file = readdirSync(path).find((candidate) => /^licen[cs]e/i.test(candidate));
      if (!file && !license) throw new Error(`${name} has no licence to pass on`);
      const text = file ? readFileSync(join(path, file), "utf8").trim() : `Licence: ${license}`;
      return `${name} ${version}\n\n${text}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
