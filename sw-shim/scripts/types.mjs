import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Completes the relative imports of the declarations below `folder`. Sources omit file extensions, which
 * Node.js and `moduleResolution: "nodenext"` require.
 *
 * @param {string} folder
 */
export function completeImports(folder) {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".d.ts")) continue;
    const file = join(folder, name);
    const text = readFileSync(file, "utf8");
    const completed = text.replace(/(?<=\b(?:from|import) ?\(?")(\.\.?\/[^"]+)(?=")/g, (specifier) =>
      complete(dirname(file), specifier),
    );
    writeFileSync(file, completed);
  }
}

/**
 * @param {string} folder
 * @param {string} specifier
 */
function complete(folder, specifier) {
  if (/\.(js|json)$/.test(specifier)) return specifier;
  const ending = [".js", "/index.js"].find((candidate) =>
    existsSync(join(folder, specifier + candidate.replace(/js$/, "d.ts"))),
  );
  if (!ending) throw new Error(`no declarations for "${specifier}", which is imported in ${folder}`);
  return specifier + ending;
}
