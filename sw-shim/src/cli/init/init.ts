import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { APP_WORKER, INTERCEPTOR, LIBRARY } from "../../configuration/paths";
import { DEFAULT_SCRIPT, TYPED_CONFIGS, typedConfiguration } from "../configuration/local";
import { EXIT, Stop } from "../exit";
import type { Surroundings } from "../surroundings";
import { type Answers, flagsFor, Interrupted } from "./answers";
import { appPlan } from "./app";
import { carryOut, configurationFile, copyInto, leftOver, mustBeFolder, type Plan } from "./files";
import { nextSteps, nextStepsOfViteVault } from "./next-steps";
import { type Manifest, nearestManifest } from "./record";
import { vaultOriginPlan } from "./vault-origin";
import { typedConfiguration as renderTyped, workerScript } from "./worker-script";

export interface InitOptions extends Answers {
  /** Name of the worker script. */
  script?: string;
  /** `false`: do not copy the worker file. The Vite plugin serves it from the package. */
  copy: boolean;
  /** Overwrite changed files. */
  force?: boolean;
  /** The folder of a vault origin. */
  vaultOrigin?: string;
  /** The host of the vault origin, by its name in `headers --for`. */
  host?: string;
  /** The origin of the app's vault. */
  vault?: string;
}

/**
 * Writes the files of an app or of a vault origin: into the folder of static files, a folder of their own, or as a typed configuration
 * into a Vite project. Without either it updates those that an earlier run recorded in package.json.
 */
export async function init(
  folder: string | undefined,
  options: InitOptions,
  surroundings: Surroundings,
): Promise<void> {
  const manifest = await nearestManifest(surroundings.cwd);
  try {
    const plans = await plansFor(folder, manifest, options, surroundings);
    for (const plan of plans) await carryOut(plan, surroundings);
  } catch (error) {
    if (!(error instanceof Interrupted) || flagsFor(error.answers) === "") throw error;
    const where = options.vaultOrigin === undefined ? folder : `--vault-origin ${options.vaultOrigin}`;
    const again = ["init", ...(where === undefined ? [] : [where]), flagsFor(error.answers)].join(" ");
    surroundings.say(error.message.trim());
    throw new Stop(error.exit, `To continue with your answers, run: npx --no-install strongroom ${again}`);
  }
}

async function plansFor(
  named: string | undefined,
  manifest: Manifest | undefined,
  options: InitOptions,
  surroundings: Surroundings,
): Promise<Plan[]> {
  const { cwd } = surroundings;
  const { vaultOrigin, vault } = options;
  if (vaultOrigin !== undefined) {
    mustBeAlone(named, options);
    return [await vaultOriginPlan(resolve(cwd, vaultOrigin), manifest, options, surroundings)];
  }
  if (options.host !== undefined) {
    throw new Stop(EXIT.usage, "--host is for a vault on an origin of its own. Use it with --vault-origin.");
  }
  const plans: Plan[] = [];
  const isUpdate = named === undefined && vault === undefined;
  if (isUpdate && manifest?.vaultOrigin !== undefined)
    plans.push(await vaultOriginPlan(manifest.vaultOrigin, manifest, options, surroundings));
  if (named === undefined && !manifest?.recorded) {
    if (isUpdate && manifest?.usesVite) plans.push(await vitePlan(manifest, options, surroundings));
    if (plans.length > 0) return plans;
    if (vault !== undefined && manifest?.usesVite) {
      throw new Stop(
        EXIT.usage,
        "--vault needs a folder, as in `strongroom init public --vault https://vault.example.com`. In a Vite project, use the plugin's option `vault`.",
      );
    }
    throw new Stop(
      EXIT.usage,
      "Name the folder of static files, such as `strongroom init public`. Later runs need no folder: init records it in package.json.",
    );
  }
  const target = named === undefined ? (manifest?.recorded?.folder ?? cwd) : resolve(cwd, named);
  await mustBeFolder(target, cwd);
  const origin = vault ?? (isUpdate ? manifest?.recorded?.vault : undefined);
  return [
    ...plans,
    origin === undefined
      ? await folderPlan(target, named, manifest, options, surroundings)
      : await appPlan(target, origin, manifest, options, surroundings),
  ];
}

/** The files of a vault origin have fixed names, and nothing else is beside them. */
function mustBeAlone(named: string | undefined, { script, copy, vault }: InitOptions): void {
  if (script !== undefined || !copy) {
    throw new Stop(
      EXIT.usage,
      "The files of a vault origin have fixed names. Remove --script and --no-copy, or --vault-origin.",
    );
  }
  if (named !== undefined || vault !== undefined) {
    throw new Stop(
      EXIT.usage,
      "--vault-origin names the folder of the vault's files. Leave out the other folder and --vault. Then run init again for the app.",
    );
  }
}

async function vitePlan(manifest: Manifest, options: InitOptions, surroundings: Surroundings): Promise<Plan> {
  if (options.script !== undefined || !options.copy) {
    throw new Stop(
      EXIT.usage,
      "--script and --no-copy need a folder, as in `strongroom init public`. In a Vite project without one, the plugin generates the worker script.",
    );
  }
  const path = typedConfiguration(manifest) ?? join(dirname(manifest.path), TYPED_CONFIGS[0]);
  const step = await configurationFile(path, renderTyped, options, surroundings);
  const { apps } = step.configuration ?? {};
  const next = apps
    ? nextStepsOfViteVault(basename(path), apps, options)
    : nextSteps({ ...options, worker: DEFAULT_SCRIPT, config: basename(path) });
  return { steps: [step], notes: step.content === undefined ? [] : [next] };
}

async function folderPlan(
  folder: string,
  named: string | undefined,
  manifest: Manifest | undefined,
  options: InitOptions,
  surroundings: Surroundings,
): Promise<Plan> {
  const { script = DEFAULT_SCRIPT, force } = options;
  if (options.apps) {
    throw new Stop(EXIT.usage, "--apps is for a vault on an origin of its own. Use it with --vault-origin.");
  }
  // A named folder replaces the recorded setting.
  const copy = options.copy && (named !== undefined || manifest?.recorded?.copy !== false);
  const library = copy
    ? [await copyInto(folder, LIBRARY, await readFile(surroundings.workerFile, "utf8"), force, surroundings)]
    : [];
  const path = join(folder, script);
  const configuration = await configurationFile(path, workerScript, options, surroundings);
  const next = nextSteps({
    ...options,
    worker: script,
    // Without it, `headers` prints those of the recorded vault origin.
    ...(manifest?.vaultOrigin === undefined ? {} : { headersOf: relative(surroundings.cwd, path) }),
  });
  return {
    steps: [
      ...library,
      configuration,
      ...leftOver(folder, [INTERCEPTOR, APP_WORKER], "the vault is on this origin"),
      ...(manifest ? [manifest.recordFolder({ folder, copy })] : []),
    ],
    notes: [...(manifest ? [] : [UNRECORDED]), ...(configuration.content === undefined ? [] : [next])],
  };
}

const UNRECORDED =
  "There is no package.json to record the folder in. To update the worker file later, name the folder again.";
