import { readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { FIRST_PORT } from "../../../../dev-provider/src/configuration";
import { LIBRARY } from "../../configuration/paths";
import type { VaultConfig } from "../../worker/config";
import { DEFAULT_SCRIPT, TYPED_CONFIGS, typedConfiguration } from "../configuration/local";
import { EXIT, Stop } from "../exit";
import type { Surroundings } from "../surroundings";
import { type Answers, answersIn, configurationFrom, flagsFor, Interrupted } from "./answers";
import { type Manifest, nearestManifest, type Recorded } from "./record";
import { recognise } from "./worker-file";
import { typedConfiguration as renderTyped, workerScript } from "./worker-script";

export interface InitOptions extends Answers {
  /** Name of the worker script. */
  script?: string;
  /** `false`: do not copy the worker file. The Vite plugin serves it from the package. */
  copy: boolean;
  /** Overwrite changed files. */
  force?: boolean;
}

/** A file to write. */
interface Change {
  path: string;
  content: string;
  what: string;
}

/**
 * Writes a typed configuration into a Vite project, or the worker script and a copy of the worker file into `folder`.
 * Decides everything before it writes anything, so that a refused change leaves no half-written result.
 */
export async function init(
  folder: string | undefined,
  options: InitOptions,
  surroundings: Surroundings,
): Promise<void> {
  const { say } = surroundings;
  const manifest = await nearestManifest(surroundings.cwd);
  try {
    if (folder === undefined && manifest?.usesVite && !manifest.recorded) {
      await initVite(manifest, options, surroundings);
    } else {
      await initFolder(folder, manifest, options, surroundings);
    }
  } catch (error) {
    if (!(error instanceof Interrupted) || flagsFor(error.answers) === "") throw error;
    const again = ["init", ...(folder === undefined ? [] : [folder]), flagsFor(error.answers)].join(" ");
    say(error.message.trim());
    throw new Stop(error.exit, `To continue with your answers, run: npx --no-install strongroom ${again}`);
  }
}

async function initVite(manifest: Manifest, options: InitOptions, surroundings: Surroundings): Promise<void> {
  if (options.script !== undefined || !options.copy) {
    throw new Stop(
      EXIT.usage,
      "--script and --no-copy need a folder, as in `strongroom init public`. In a Vite project without one, the plugin generates the worker script.",
    );
  }
  const path = typedConfiguration(manifest) ?? join(dirname(manifest.path), TYPED_CONFIGS[0]);
  const step = await configurationFile(path, renderTyped, options, surroundings);
  const { cwd, say } = surroundings;
  if ("content" in step) await writeFile(step.path, step.content);
  say(`${relative(cwd, path)}: ${step.what}`);
  if ("content" in step) say(nextSteps({ ...options, worker: DEFAULT_SCRIPT, config: basename(path) }));
}

async function initFolder(
  named: string | undefined,
  manifest: Manifest | undefined,
  options: InitOptions,
  surroundings: Surroundings,
): Promise<void> {
  const { cwd, say } = surroundings;
  const { script = DEFAULT_SCRIPT } = options;
  const isNamed = named !== undefined;
  const target = isNamed ? resolve(cwd, named) : recordedFolder(manifest);
  await mustBeFolder(target, cwd);
  // A named folder replaces the recorded setting.
  const copy = options.copy && (isNamed || manifest?.recorded?.copy !== false);
  const steps = [
    ...(copy ? [await copyOfWorkerFile(target, options, surroundings)] : []),
    await configurationFile(join(target, script), workerScript, options, surroundings),
    ...(manifest ? [recordIn(manifest, { folder: target, copy })] : []),
  ];
  for (const step of steps) {
    if ("content" in step) await writeFile(step.path, step.content);
    say(`${relative(cwd, step.path) || basename(step.path)}: ${step.what}`);
  }
  if (!manifest)
    say(
      "There is no package.json to record the folder in. To update the worker file later, name the folder again.",
    );
  const isFirst = steps.some((step) => "content" in step && basename(step.path) === script);
  if (isFirst) say(nextSteps({ ...options, worker: script }));
}

function recordedFolder(manifest: Manifest | undefined): string {
  if (manifest?.recorded) return manifest.recorded.folder;
  throw new Stop(
    EXIT.usage,
    "Name the folder of static files, such as `strongroom init public`. Later runs need no folder: init records it in package.json.",
  );
}

async function mustBeFolder(path: string, cwd: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new Stop(
    EXIT.usage,
    `The folder ${relative(cwd, path)} does not exist. Name the folder of static files, or create it first.`,
  );
}

type Step = Change | { path: string; what: string };

async function copyOfWorkerFile(
  folder: string,
  { force }: InitOptions,
  surroundings: Surroundings,
): Promise<Step> {
  const path = join(folder, LIBRARY);
  const content = await readFile(surroundings.workerFile, "utf8");
  const version = recognise(content)?.version;
  const present = await readIfThere(path);
  if (present === undefined) return { path, content, what: `written, version ${version}` };
  const copy = recognise(present);
  if (copy?.untouched && copy.version === version) return { path, what: `up to date, version ${version}` };
  if (copy?.untouched) return { path, content, what: `updated from version ${copy.version} to ${version}` };
  const what = copy ? "was changed" : "is not a Strongroom worker file";
  await mayOverwrite(path, what, force, surroundings);
  return { path, content, what: `overwritten with version ${version}` };
}

/** The configuration file. An existing one is kept, unless the flags differ from it. */
async function configurationFile(
  path: string,
  render: (configuration: VaultConfig) => string,
  options: InitOptions,
  surroundings: Surroundings,
): Promise<Step> {
  const present = await readIfThere(path);
  const given = answersIn(options);
  if (present !== undefined && Object.keys(given).length === 0 && !options.force)
    return { path, what: "kept" };
  const { configuration, answers } = await configurationFrom(given, surroundings);
  const content = render(configuration);
  if (present === content) return { path, what: "unchanged" };
  if (present !== undefined) {
    await mayOverwrite(path, "differs from these flags", options.force, surroundings).catch((error) => {
      throw error instanceof Stop ? new Interrupted(error, answers) : error;
    });
  }
  return { path, content, what: present === undefined ? "written" : "overwritten" };
}

function recordIn(manifest: Manifest, recorded: Recorded): Step {
  const { path } = manifest;
  const { before, after } = manifest.recording(recorded);
  if (before === after) return { path, what: "unchanged" };
  const other = manifest.recorded?.folder;
  const instead =
    other === undefined || other === recorded.folder ? "" : `, in place of ${relative(dirname(path), other)}`;
  return {
    path,
    content: after,
    what: `folder recorded for later runs of \`strongroom init\`${instead}`,
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
  if (!ask) throw new Stop(EXIT.found, `${name} ${why}. Nothing was written. To overwrite it, add --force.`);
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

interface Next extends InitOptions {
  /** Name of the worker script that the app connects to. */
  worker: string;
  /** The typed configuration for the Vite plugin. */
  config?: string;
}

function nextSteps({
  worker,
  config,
  copy,
  scope = "/",
  basePath = `${scope}auth`,
  devProvider,
}: Next): string {
  const port = devProvider === undefined || devProvider === FIRST_PORT ? "" : ` --port ${devProvider}`;
  const steps = [
    ...(config === undefined
      ? []
      : [
          [
            "In vite.config:",
            `import { strongroom } from "strongroom/vite"; and plugins: [..., strongroom({ config: "${config}" })]`,
          ],
        ]),
    ...(copy
      ? []
      : [
          [
            "In vite.config:",
            "add the plugin of strongroom/vite: npx --no-install strongroom headers --for vite",
          ],
        ]),
    ["In the app:", `const vault = await connect({ worker: "${scope}${worker}" });`],
    ["", `or, in React, <VaultProvider worker="${scope}${worker}">`],
    ...(devProvider === undefined
      ? [
          [
            "At the provider:",
            `allow the callback URL <your origin>${basePath}/callback, and no other page of the app,`,
          ],
          ["", `and the sign-out URL <your origin>${scope}`],
          ["On the host:", "npx --no-install strongroom headers --for <your host>"],
          ["Once deployed:", "npx --no-install strongroom doctor <URL>"],
        ]
      : [["To sign in:", `run npx --no-install strongroom dev-provider${port} in another terminal`]]),
  ];
  let number = 0;
  const lines = steps.map(
    ([when = "", what]) => `  ${when ? `${++number}. ` : "   "}${when.padEnd(18)}${what}`,
  );
  return ["", "Next steps:", ...lines].join("\n");
}
