import type { HostOptions } from "../headers";
import type { VaultConfig } from "../worker/config";
import { endpointsOf } from "./endpoints";
import { appPaths } from "./paths";

/** The options of the host's headers that follow from the configuration. `worker` is the path of the worker script. */
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
