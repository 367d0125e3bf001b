import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { DevProvider, DevProviderOptions } from "../../../dev-provider/src/dev-provider";
import { EXIT, Stop } from "./exit";
import type { Surroundings } from "./surroundings";

const DOCUMENTATION = "https://github.com/strongroom/strongroom/blob/main/docs/command-line.md#dev-provider";

/** Starts the package `strongroom-dev-provider` of the app. It runs until the process ends. */
export async function devProvider(options: DevProviderOptions, { cwd, say }: Surroundings): Promise<void> {
  const { startDevProvider } = await load(cwd);
  const { authorizationServer, api, user } = await startDevProvider(options).catch((error: Error) => {
    throw new Stop(EXIT.usage, `${error.message} Choose two free ports in a row by the first: --port 9000.`);
  });
  say(`
  Sign-in     ${authorizationServer}, user ${user.username}, password ${user.password}
  API         ${api}, for example ${api}notes

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
      `The local provider is a package of its own, strongroom-dev-provider, and is not installed here. Install it beside strongroom: ${DOCUMENTATION}`,
    );
  }
  return import(pathToFileURL(path).href);
}
