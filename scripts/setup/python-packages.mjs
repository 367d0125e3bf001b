/** @import { Job } from "../checks/check.ts" */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tools } from "../lib/paths.mjs";

/** Installing downloads some ten megabytes. */
const LIMIT_MS = 300_000;

/**
 * Packages of PyPI in an environment of this checkout below `.tools`. Returns the folder of their programs, or
 * nothing without Python with venv and pip, or without a network.
 *
 * @param {Job} job
 * @param {string} name of the environment
 * @param {Record<string, string>} packages with their versions
 */
export async function pythonPackages(job, name, packages) {
  const environment = join(tools, name);
  const wanted = Object.entries(packages).map(([name, version]) => `${name}==${version}`);
  const stamp = join(environment, "installed.txt");
  const bin = join(environment, "bin");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted.join("\n")) return bin;
  const made = await job.attempt("python3", ["-m", "venv", "--clear", environment]);
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...wanted];
  if (!made.ok || !(await job.attempt(join(bin, "python"), install, { limit: LIMIT_MS })).ok)
    return undefined;
  writeFileSync(stamp, wanted.join("\n"));
  return bin;
}
