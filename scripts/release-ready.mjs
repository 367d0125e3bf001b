// `node scripts/release-ready.mjs v0.1.0`: whether this checkout may be published under that tag. The workflow "release" asks.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./lib/paths.mjs";
import { Problem, script } from "./lib/steps.mjs";

const PACKAGES = ["sw-shim", "dev-provider"];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await script(async () => {
    const problems = problemsOf(process.argv[2] ?? "", versions(), read("CHANGELOG.md"));
    if (problems.length > 0) throw new Problem(problems.join("\n"));
  });
}

/**
 * Why a tag may not be published.
 *
 * @param {string} tag
 * @param {Record<string, string>} versions by the package's folder
 * @param {string} changelog
 */
export function problemsOf(tag, versions, changelog) {
  const version = tag.replace(/^v/, "");
  if (!/^v\d+\.\d+\.\d+$/.test(tag)) return [`The tag "${tag}" is not of the form v1.2.3.`];
  const problems = Object.entries(versions)
    .filter(([, packaged]) => packaged !== version)
    .map(([folder, packaged]) => `${folder}/package.json has version ${packaged}, and the tag is ${tag}.`);
  const [, entry] = changelog.split(`\n## ${version}: `);
  if (entry === undefined || !/^\d{4}-\d\d-\d\d\n/.test(entry)) {
    problems.push(`CHANGELOG.md has no heading "## ${version}: YYYY-MM-DD".`);
  } else if (!/^- /m.test(entry.split("\n## ")[0] ?? "")) {
    problems.push(`CHANGELOG.md says nothing under "## ${version}".`);
  }
  return problems;
}

function versions() {
  return Object.fromEntries(
    PACKAGES.map((folder) => [folder, JSON.parse(read(`${folder}/package.json`)).version]),
  );
}

/** @param {string} path from the root */
function read(path) {
  return readFileSync(join(root, path), "utf8");
}
