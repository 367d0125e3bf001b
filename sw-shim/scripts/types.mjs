import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/**
 * Makes declarations publishable: deletes those below `folder` that no entry reaches, and completes the relative imports of the others.
 * Sources omit file extensions, which Node.js and `moduleResolution: "nodenext"` require.
 *
 * @param {string} folder
 * @param {string[]} entries
 */
export function publishable(folder, entries) {
  const reached = new Set();
  for (const entry of entries) reach(normalize(entry), reached);
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const file = join(folder, name);
    if (name.endsWith(".d.ts") && !reached.has(file)) rmSync(file);
  }
}

/**
 * @param {string} file
 * @param {Set<string>} reached
 */
function reach(file, reached) {
  if (reached.has(file)) return;
  reached.add(file);
  const text = readFileSync(file, "utf8");
  const completed = text.replace(/(?<=\b(?:from|import) ?\(?")(\.\.?\/[^"]+)(?=")/g, (specifier) => {
    const complete = withEnding(dirname(file), specifier);
    if (complete.endsWith(".js")) reach(join(dirname(file), complete.replace(/js$/, "d.ts")), reached);
    return complete;
  });
  writeFileSync(file, completed);
}

/**
 * @param {string} folder
 * @param {string} specifier
 */
function withEnding(folder, specifier) {
  if (/\.(js|json)$/.test(specifier)) return specifier;
  const ending = [".js", "/index.js"].find((candidate) =>
    existsSync(join(folder, specifier + candidate.replace(/js$/, "d.ts"))),
  );
  if (!ending) throw new Error(`no declarations for "${specifier}", which is imported in ${folder}`);
  return specifier + ending;
}
