import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { APP_WORKER, INTERCEPTOR, LIBRARY } from "../../configuration/paths";
import { parseOptions } from "../../interceptor/options";
import type { InterceptOptions } from "../../interceptor/strongroom-interceptor";
import { DEFAULT_SCRIPT, readConfiguration } from "../configuration/local";
import { EXIT, Stop } from "../exit";
import type { Surroundings } from "../surroundings";
import { list } from "./answers";
import { copyInto, generatedFile, leftOver, type Plan } from "./files";
import { nextStepsOfApp } from "./next-steps";
import type { Manifest } from "./record";
import { appWorkerScript } from "./worker-script";

/** Writes the files of an app whose vault has the origin `vault` into its folder of static files. */
export async function appPlan(
  folder: string,
  vault: string,
  manifest: Manifest | undefined,
  options: { api?: string[]; vault?: string; script?: string; force?: boolean },
  surroundings: Surroundings,
): Promise<Plan> {
  const { script = APP_WORKER, force } = options;
  const library = await readFile(join(dirname(surroundings.workerFile), INTERCEPTOR), "utf8");
  const copy = await copyInto(folder, INTERCEPTOR, library, force, surroundings);
  const path = join(folder, script);
  const isKept = existsSync(path) && options.vault === undefined && !force;
  const intercepted = isKept
    ? undefined
    : valid({ vault, api: await apiUrls(options.api, manifest, surroundings) });
  const worker = intercepted
    ? await generatedFile(path, appWorkerScript(intercepted), "differs from these flags", force, surroundings)
    : { path, what: "kept" };
  return {
    steps: [
      copy,
      worker,
      ...leftOver(folder, [LIBRARY, DEFAULT_SCRIPT], "the vault is not on this origin"),
      ...(manifest
        ? [manifest.recordFolder({ folder, copy: true, vault: intercepted?.vault ?? vault })]
        : []),
    ],
    notes: intercepted ? [nextStepsOfApp(script, intercepted.vault)] : [],
  };
}

/** What the interceptor would refuse is not written. */
function valid(options: InterceptOptions): InterceptOptions {
  try {
    // Any origin but the vault's: the app's is not known.
    const { vault } = parseOptions(options, new URL("https://app.invalid/"));
    return { ...options, vault };
  } catch (error) {
    throw new Stop(EXIT.usage, (error as Error).message.replace("strongroom.intercept: ", ""));
  }
}

/** The APIs of the vault whose folder is recorded here too, unless flags name them. */
async function apiUrls(
  given: string[] | undefined,
  manifest: Manifest | undefined,
  surroundings: Surroundings,
): Promise<string[]> {
  if (given) return given;
  if (manifest?.vaultOrigin !== undefined) {
    const path = join(manifest.vaultOrigin, DEFAULT_SCRIPT);
    const { configuration } = await readConfiguration(path, {}, surroundings);
    const { api = [] } = (configuration ?? {}) as { api?: { url: string }[] };
    if (api.length > 0) return api.map(({ url }) => url);
  }
  const question =
    "API URLs of the vault, such as https://api.example.com/v1/ (separate several by spaces): ";
  const answer = (await surroundings.ask?.(question)) ?? "";
  const urls = list(answer);
  if (urls.length > 0) return urls;
  throw new Stop(EXIT.usage, "Missing flag: --api. Name the `api` URLs of the vault's configuration.");
}
