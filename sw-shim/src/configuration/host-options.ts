import type { HostOptions } from "../headers";
import type { VaultConfig } from "../worker/config";
import { endpointsOf } from "./endpoints";

/** What the host's headers depend on, of a worker's configuration. */
export function hostOptionsOf(configuration: VaultConfig): Omit<HostOptions, "workers"> {
  const { authorizationEndpoint, tokenEndpoint, revocationEndpoint } = endpointsOf(configuration);
  const { api, basePath } = configuration;
  return {
    ...(basePath === undefined ? {} : { basePath }),
    api: api.map(({ url }) => url),
    provider: {
      authorizationEndpoint,
      tokenEndpoint,
      ...(revocationEndpoint === undefined ? {} : { revocationEndpoint }),
    },
  };
}
