import type { HostOptions } from "../headers";
import type { VaultConfig } from "../worker/config";
import { endpointsOf } from "./endpoints";
import { appPaths } from "./paths";

/** What the host's headers depend on, of the configuration in the worker script at the path `worker`. */
export function hostOptionsOf(
  configuration: VaultConfig,
  worker = "/vault-worker.js",
): Omit<HostOptions, "workers"> {
  const { authorizationEndpoint, tokenEndpoint, revocationEndpoint } = endpointsOf(configuration);
  const { basePath } = appPaths(configuration, worker);
  return {
    ...(basePath === "/auth" ? {} : { basePath }),
    api: configuration.api.map(({ url }) => url),
    provider: {
      authorizationEndpoint,
      tokenEndpoint,
      ...(revocationEndpoint === undefined ? {} : { revocationEndpoint }),
    },
  };
}
