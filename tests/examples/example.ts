import { existsSync } from "node:fs";
import { cp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Folder, installPacked, root } from "../../sw-shim/packaging/packed.js";
import type { Page } from "../e2e/page.js";
import { engine } from "../e2e/scenario.js";
import { bindPorts, type StandIns, type StandInsOptions, startStandIns } from "../stand-ins/stand-ins.js";

/** The API that the examples call, in place of which they are built with the stand-in's. */
const API = "https://api.example.com/v1/";

/** An example of `examples/`, built by its own tool with the packed package. */
export interface Example {
  folder: Folder;
  /** Serves what it built, at the origins that it was built for. */
  serve(options?: Pick<StandInsOptions, "policy" | "ownWorker">): Promise<StandIns>;
}

export interface Origins {
  app: string;
  authorizationServer: string;
  api: string;
}

/**
 * Copies an example beside an installed tarball and builds it there, by its `npm run build`. What it needs besides comes
 * from the checkout's node_modules, which lies above: nothing is fetched.
 *
 * @param output the folder that its host serves
 * @param files contents of files to change before the build, by their path in the example
 */
export async function buildExample(
  name: string,
  output: string,
  files: (origins: Origins) => Record<string, string> = () => ({}),
): Promise<Example> {
  // Bound before the build: a port that is only chosen may be taken by the time it is needed.
  const listeners = await bindPorts();
  const origins = {
    app: `http://localhost:${listeners.app.port}`,
    authorizationServer: `http://localhost:${listeners.authorizationServer.port}`,
    api: `http://localhost:${listeners.api.port}`,
  };
  const folder = await copyExample(name, origins.api, files(origins));
  await folder.run("npm", "run", "build");
  const app = folder.path(output);
  return {
    folder,
    serve: (options) => startStandIns({ ...options, listeners, app, workerScript: workerFile() }),
  };
}

/** The copy alone, with the API at the origin `api`. */
export async function copyExample(
  name: string,
  api: string,
  files: Record<string, string> = {},
): Promise<Folder> {
  const installed = await installedPackage();
  const folder = await Folder.at(installed.path(name));
  const source = join(root, "examples", name);
  await cp(source, folder.path(), { recursive: true, filter: (path) => !isMade(path.slice(source.length)) });
  for (const entry of await readdir(folder.path(), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const text = await readFile(path, "utf8");
    if (text.includes(API)) await writeFile(path, text.replaceAll(API, `${api}/v1/`));
  }
  for (const [path, content] of Object.entries(files)) await folder.write(path, content);
  // Packages of which the checkout's node_modules has another version.
  const own = join(source, "node_modules");
  if (existsSync(own)) await symlink(own, folder.path("node_modules"));
  return folder;
}

/** What a build in the checkout itself would have left there. */
function isMade(path: string): boolean {
  return /^\/(node_modules|dist|out|\.angular|\.next|policy\.json|public\/(assets|strongroom.*))(\/|$)/.test(
    path,
  );
}

/** Runs in several engines go on side by side: each has its own. */
const artifacts = fileURLToPath(new URL(`../artifacts/examples-${engine}`, import.meta.url));
let installing: Promise<Folder> | undefined;

/** The folder with the packed package in its node_modules. Packed and installed once in a run. */
export function installedPackage(): Promise<Folder> {
  installing ??= installPacked(artifacts);
  return installing;
}

function workerFile(): string {
  return join(artifacts, "node_modules/strongroom/dist/strongroom-worker.js");
}

/** Clicks "Call the API" and returns what the page shows of the response. */
export async function ask(page: Page): Promise<string> {
  await page.click("ask");
  return await page.waitForText("answer");
}
