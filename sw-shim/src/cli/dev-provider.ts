import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { DevProvider, DevProviderOptions } from "../../../dev-provider/src/dev-provider";
import { DOCUMENTATION } from "../checks/catalog";
import { EXIT, Stop } from "./exit";
import type { Surroundings } from "./surroundings";

/** Starts the app's package `strongroom-dev-provider`, which runs until the process ends. */
export async function devProvider(options: DevProviderOptions, { cwd, say }: Surroundings): Promise<void> {
  const { startDevProvider } = await load(cwd);
  const { authorizationServer, api, user } = await startDevProvider(options).catch((error: Error) => {
    throw new Stop(
      EXIT.usage,
      `${error.message} Choose the first of two consecutive free ports, such as --port 9000.`,
    );
  });
  say(`
  Authorization server  ${authorizationServer}
  API                   ${api}, for example ${api}notes
  User                  ${user.username}, password ${user.password}

  For development only. Press Ctrl+C to stop.`);
}

interface Package {
  startDevProvider(options: DevProviderOptions): Promise<DevProvider>;
}

async function load(cwd: string): Promise<Package> {
  let path: string;
  try {
    path = createRequire(join(cwd, "package.json")).resolve("strongroom-dev-provider");
  } catch {
    throw new Stop(
      EXIT.usage,
      `The package strongroom-dev-provider is not installed. Install it beside strongroom: ${DOCUMENTATION}/command-line.md#dev-provider`,
    );
  }
  return import(pathToFileURL(path).href);
}
