/** The ports of the demo's servers, five in a row. */
export interface LocalPorts {
  app: number;
  authorizationServer: number;
  api: number;
  naiveApp: number;
  attacker: number;
}

/** The ports that begin with `STRONGROOM_PORT`. Default: 5173. */
export function localPorts(first: string | undefined): LocalPorts {
  const app = Number(first ?? 5173);
  if (!Number.isInteger(app) || app < 1 || app > 65_531) {
    throw new Error(`STRONGROOM_PORT is "${first}". Use a port from 1 to 65531.`);
  }
  return { app, authorizationServer: app + 1, api: app + 2, naiveApp: app + 3, attacker: app + 4 };
}
