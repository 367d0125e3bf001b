import { readFile, stat, writeFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { judge } from "../../configuration/judge";
import { EXIT, Stop } from "../exit";
import type { Surroundings } from "../surroundings";
import { type Answers, configurationFrom, sayAnything } from "./answers";
import { type Manifest, nearestManifest } from "./record";
import { recognise, WORKER_FILE } from "./worker-file";
import { workerScript } from "./worker-script";

export interface InitOptions extends Answers {
  /** Name of the app's worker script. */
  script: string;
  /** `false`: the worker file is served from the package, as the Vite plugin does. */
  copy: boolean;
  /** Overwrites files that somebody changed. */
  force?: boolean;
}

/** A file as it will be. */
interface Change {
  path: string;
  content: string;
  what: string;
}

/** An origin for the vault to resolve paths against; which one does not matter to a judgement. */
const ANY_ORIGIN = "https://app.example.com";

/** Everything is decided before anything is written: who says no to one change finds nothing half done. */
export async function init(
  folder: string | undefined,
  options: InitOptions,
  surroundings: Surroundings,
): Promise<void> {
  const { cwd, say } = surroundings;
  const manifest = await nearestManifest(cwd);
  const target = folder === undefined ? recorded(manifest) : resolve(cwd, folder);
  await mustBeFolder(target, cwd);

  const steps = [
    ...(options.copy ? [await copyOfWorkerFile(target, options, surroundings)] : []),
    await scriptOfApp(target, options, surroundings),
    ...(manifest ? [recordIn(manifest, target)] : []),
  ];
  for (const step of steps) {
    if ("content" in step) await writeFile(step.path, step.content);
    say(`${relative(cwd, step.path) || basename(step.path)}: ${step.what}`);
  }
  if (!manifest)
    say("There is no package.json here to record the folder in: name it again to update the worker file.");
  const isFirst = steps.some((step) => "content" in step && basename(step.path) === options.script);
  if (isFirst) say(whatNext(options));
}

function recorded(manifest: Manifest | undefined): string {
  if (manifest?.folder !== undefined) return manifest.folder;
  throw new Stop(
    EXIT.usage,
    "Which folder does your server serve as it is? For example: strongroom init public. Later calls need no folder: it is recorded in package.json.",
  );
}

async function mustBeFolder(path: string, cwd: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new Stop(
    EXIT.usage,
    `There is no folder ${relative(cwd, path)}. Name the one that your server serves as it is, or make it first.`,
  );
}

type Step = Change | { path: string; what: string };

async function copyOfWorkerFile(
  folder: string,
  { force }: InitOptions,
  surroundings: Surroundings,
): Promise<Step> {
  const path = join(folder, WORKER_FILE);
  const content = await readFile(surroundings.workerFile, "utf8");
  const version = recognise(content)?.version;
  const present = await readIfThere(path);
  if (present === undefined) return { path, content, what: `written, version ${version}` };
  const copy = recognise(present);
  if (copy?.untouched && copy.version === version) return { path, what: `is version ${version} already` };
  if (copy?.untouched) return { path, content, what: `updated from version ${copy.version} to ${version}` };
  const what = copy ? "was changed since it was written" : "is not a worker file of strongroom";
  await mayOverwrite(path, what, force, surroundings);
  return { path, content, what: `overwritten with version ${version}` };
}

async function scriptOfApp(folder: string, options: InitOptions, surroundings: Surroundings): Promise<Step> {
  const path = join(folder, options.script);
  const present = await readIfThere(path);
  const { userPoolId, domain, issuer, clientId, api, scope, basePath, recovery } = options;
  const given = { userPoolId, domain, issuer, clientId, api, scope, basePath, recovery } as Answers;
  if (present !== undefined && !sayAnything(given))
    return { path, what: "is there already, and stays as it is" };
  const configuration = await configurationFrom(given, surroundings);
  const refusal = await judge(surroundings.workerFile, configuration, ANY_ORIGIN);
  if (refusal) throw new Stop(EXIT.usage, `The vault would refuse this configuration: ${refusal}`);
  const content = workerScript(configuration);
  if (present === content) return { path, what: "says that already" };
  if (present !== undefined) await mayOverwrite(path, "says something else", options.force, surroundings);
  return { path, content, what: present === undefined ? "written" : "overwritten" };
}

function recordIn(manifest: Manifest, folder: string): Step {
  const { path } = manifest;
  const { before, after } = manifest.recording(folder);
  if (before === after) return { path, what: "has the folder recorded" };
  const instead =
    manifest.folder === undefined ? "" : `, in place of ${relative(join(path, ".."), manifest.folder)}`;
  return {
    path,
    content: after,
    what: `records the folder, so that \`strongroom init\` updates the worker file${instead}`,
  };
}

async function mayOverwrite(
  path: string,
  why: string,
  force: boolean | undefined,
  { ask, cwd }: Surroundings,
): Promise<void> {
  if (force) return;
  const name = relative(cwd, path);
  if (!ask) throw new Stop(EXIT.found, `${name} ${why}. Nothing was written. To overwrite it: --force.`);
  const answer = await ask(`${name} ${why}. Overwrite it? [y/N] `);
  if (!/^y(es)?$/i.test(answer)) throw new Stop(EXIT.found, "Nothing was written.");
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function whatNext({ script, basePath = "/auth" }: InitOptions): string {
  return `
What to do next:
  1. In the app:       const vault = await connect({ worker: "/${script}" });
                       or, in React, <VaultProvider worker="/${script}">
  2. At the provider:  allow <your origin>${basePath}/callback as callback URL, and no other page of the app
  3. On the host:      strongroom headers --for nginx|cloudfront|netlify|vercel|vite
  4. Once it is up:    strongroom doctor <its URL>`;
}
