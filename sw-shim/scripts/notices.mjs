import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The licences of the npm packages whose code is in the bundles: they ask to be passed on with it.
 *
 * @param {string} root of the checkout
 * @param {import("esbuild").Metafile[]} metafiles
 */
export function notices(root, metafiles) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const packages = new Set(
    inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
  );
  return [...packages]
    .sort()
    .map((name) => {
      const folder = join(root, "node_modules", name);
      const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const file = readdirSync(folder).find((candidate) => /^licen[cs]e/i.test(candidate));
      if (!file) throw new Error(`${name} has no licence file to pass on`);
      return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
