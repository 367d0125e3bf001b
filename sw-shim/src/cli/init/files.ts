import { existsSync } from "node:fs";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { VaultConfig } from "../../worker/config";
import { EXIT, Stop } from "../exit";
import type { Surroundings } from "../surroundings";
import { type Answers, answersIn, configurationFrom, Interrupted } from "./answers";
import { recognise } from "./worker-file";

/** A file to write if there is `content`, and what to say about it. */
export interface Step {
  path: string;
  content?: string;
  what: string;
}

/** What `init` does, decided before it writes anything, so that a refused change leaves no half-written result. */
export interface Plan {
  steps: Step[];
  /** Printed after the steps. */
  notes: string[];
}

export async function carryOut({ steps, notes }: Plan, { cwd, say }: Surroundings): Promise<void> {
  for (const { path, content, what } of steps) {
    if (content !== undefined) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
    say(`${relative(cwd, path) || basename(path)}: ${what}`);
  }
  for (const note of notes) say(note);
}

/** Names the files of the other kind of vault that a move has left over. */
export function leftOver(folder: string, names: string[], why: string): Step[] {
  const files = names.map((name) => join(folder, name)).filter(existsSync);
  return files.map((path) => ({ path, what: `no longer used. Remove it: ${why}` }));
}

/** A copy of a file of this package, whose first line has its version and a hash. A changed copy is not overwritten. */
export async function copyInto(
  folder: string,
  name: string,
  content: string,
  force: boolean | undefined,
  surroundings: Surroundings,
): Promise<Step> {
  const path = join(folder, name);
  const version = recognise(content)?.version;
  const present = await readIfThere(path);
  if (present === undefined) return { path, content, what: `written, version ${version}` };
  const copy = recognise(present);
  if (copy?.untouched && copy.version === version) return { path, what: `up to date, version ${version}` };
  if (copy?.untouched) return { path, content, what: `updated from version ${copy.version} to ${version}` };
  const what = copy ? "was changed" : "is not a file of Strongroom";
  await mayOverwrite(path, what, force, surroundings);
  return { path, content, what: `overwritten with version ${version}` };
}

/** The configuration file. An existing one is kept, unless the flags differ from it. */
export async function configurationFile(
  path: string,
  render: (configuration: VaultConfig) => string,
  options: Answers & { force?: boolean; isVaultOrigin?: boolean },
  surroundings: Surroundings,
): Promise<Step & { configuration?: VaultConfig }> {
  const present = await readIfThere(path);
  const given = answersIn(options);
  if (present !== undefined && Object.keys(given).length === 0 && !options.force)
    return { path, what: "kept" };
  const { configuration, answers } = await configurationFrom(given, surroundings, options.isVaultOrigin);
  const content = render(configuration);
  const step = await generatedFile(
    path,
    content,
    "differs from these flags",
    options.force,
    surroundings,
  ).catch((error) => {
    throw error instanceof Stop ? new Interrupted(error, answers) : error;
  });
  return step.content === undefined ? step : { ...step, configuration };
}

/** A file made from flags or a configuration. `why` one with other content is not overwritten. */
export async function generatedFile(
  path: string,
  content: string,
  why: string,
  force: boolean | undefined,
  surroundings: Surroundings,
): Promise<Step> {
  const present = await readIfThere(path);
  if (present === content) return { path, what: "unchanged" };
  if (present === undefined) return { path, content, what: "written" };
  await mayOverwrite(path, why, force, surroundings);
  return { path, content, what: "overwritten" };
}

async function mayOverwrite(
  path: string,
  why: string,
  force: boolean | undefined,
  { ask, cwd }: Surroundings,
): Promise<void> {
  if (force) return;
  const name = relative(cwd, path);
  if (!ask) throw new Stop(EXIT.found, `${name} ${why}. Nothing was written. To overwrite it, add --force.`);
  const answer = await ask(`${name} ${why}. Overwrite it? [y/N] `);
  if (!/^y(es)?$/i.test(answer)) throw new Stop(EXIT.found, "Nothing was written.");
}

export async function mustBeFolder(path: string, cwd: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new Stop(
    EXIT.usage,
    `The folder ${relative(cwd, path)} does not exist. Name the folder of static files, or create it first.`,
  );
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
