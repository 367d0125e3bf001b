import { startApi } from "./api.js";
import { startAuthorizationServer } from "./authorization-server.js";
import { FIRST_PORT } from "./configuration.js";
import { listen } from "./loopback.js";
import { ada, type User } from "./users.js";

export interface DevProviderOptions {
  /** The authorization server's port. The API takes the next one. Default: 8790. */
  port?: number;
  /** Scopes of the app's own APIs, which the app may ask for too. */
  scopes?: string[];
}

/** The running servers. */
export interface DevProvider {
  authorizationServer: string;
  api: string;
  /** Who can sign in. */
  user: User;
  close(): Promise<void>;
}

/**
 * Starts the local authorization server and API for an app on any port of this machine. Both listen on loopback addresses
 * alone. Everything is kept in memory: keys, notes and sessions end with the process.
 *
 * @throws Error if one of the two ports is taken.
 */
export async function startDevProvider({
  port = FIRST_PORT,
  scopes = [],
}: DevProviderOptions = {}): Promise<DevProvider> {
  const forAuthorizationServer = await listen(port);
  try {
    const forApi = await listen(port + 1);
    const authorizationServer = await startAuthorizationServer({
      listener: forAuthorizationServer,
      redirectUris: "loopback",
      signOutUris: "loopback",
      moreScopes: scopes,
      hint: ada,
    });
    const api = await startApi({ listener: forApi, authorizationServer });
    const close = async () => {
      await Promise.all([forAuthorizationServer.close(), forApi.close()]);
    };
    return { authorizationServer: authorizationServer.origin, api: api.url, user: ada, close };
  } catch (error) {
    await forAuthorizationServer.close();
    throw error;
  }
}
