import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { FRAME_SCRIPT, VAULT_LIBRARY } from "../../configuration/paths";
import { VAULT_ORIGIN_PAGES } from "../../headers/vault-origin";
import { DEFAULT_SCRIPT, vaultConfiguration } from "../configuration/local";
import { HOST_FILES, settingsOfVaultOrigin } from "../headers";
import type { Surroundings } from "../surroundings";
import type { Answers } from "./answers";
import { configurationFile, copyInto, generatedFile, type Plan, type Step } from "./files";
import { nextStepsOfVaultOrigin } from "./next-steps";
import type { Manifest } from "./record";
import { recognise, withFirstLine } from "./worker-file";
import { workerScript } from "./worker-script";

/** Writes all files of a vault origin into `folder`, and the headers for its host if that is named. */
export async function vaultOriginPlan(
  folder: string,
  manifest: Manifest | undefined,
  options: Answers & { host?: string; force?: boolean },
  surroundings: Surroundings,
): Promise<Plan> {
  const { host, force } = options;
  const steps: Step[] = [];
  for (const [name, content] of await packageFiles(surroundings.workerFile)) {
    steps.push(await copyInto(folder, name, content, force, surroundings));
  }
  const path = join(folder, DEFAULT_SCRIPT);
  const script = await configurationFile(
    path,
    workerScript,
    { ...options, isVaultOrigin: true },
    surroundings,
  );
  steps.push(script);
  let headers: Step | undefined;
  if (host) {
    const configuration =
      script.configuration ?? (await vaultConfiguration({ config: path }, surroundings)).configuration;
    const { file, text } = settingsOfVaultOrigin(host, configuration);
    headers = await generatedFile(join(folder, file), text, "differs", force, surroundings);
    steps.push(headers);
  }
  if (manifest) steps.push(manifest.recordVaultOrigin(folder));
  const name = (file: string) => relative(surroundings.cwd, file) || ".";
  const others = await otherFiles(folder);
  const notes = [
    ...(others.length > 0
      ? [
          `${name(folder)} has other files: ${others.join(", ")}. A vault origin must serve nothing but Strongroom's files, because any script there can use the tokens. Move them elsewhere.`,
        ]
      : []),
    ...(script.configuration
      ? [
          nextStepsOfVaultOrigin({
            folder: name(folder),
            script: name(path),
            apps: script.configuration.apps ?? [],
            headers: headers && name(headers.path),
            devProvider: options.devProvider,
          }),
        ]
      : []),
  ];
  return { steps, notes };
}

/** The files that come with the package and change with its version. */
async function packageFiles(workerFile: string): Promise<[name: string, content: string][]> {
  const read = (name: string) => readFile(join(dirname(workerFile), name), "utf8");
  const library = await read(VAULT_LIBRARY);
  const version = recognise(library)?.version ?? "";
  return [
    [VAULT_LIBRARY, library],
    [FRAME_SCRIPT, await read(FRAME_SCRIPT)],
    ...Object.entries(VAULT_ORIGIN_PAGES).map(([name, page]): [string, string] => [
      name,
      withFirstLine(version, page),
    ]),
  ];
}

/** What else is in the folder. Hosts do not serve hidden files. */
async function otherFiles(folder: string): Promise<string[]> {
  const known = [
    VAULT_LIBRARY,
    FRAME_SCRIPT,
    DEFAULT_SCRIPT,
    ...Object.keys(VAULT_ORIGIN_PAGES),
    ...HOST_FILES,
  ];
  const topLevel = new Set(known.map((file) => file.split("/")[0]));
  const present = await readdir(folder).catch(() => []);
  return present.filter((name) => !name.startsWith(".") && !topLevel.has(name));
}
