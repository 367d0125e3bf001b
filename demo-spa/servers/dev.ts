// `npm run dev`: the app from Vite's development server, beside the local authorization server and API.

import { fileURLToPath } from "node:url";
import Koa from "koa";
import { workerScript } from "strongroom/headers";
import { createServer, type Plugin } from "vite";
import { type Api, startApi } from "../../dev-provider/src/api.js";
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from "../../dev-provider/src/authorization-server.js";
import { providerOf, workerConfig } from "../../dev-provider/src/configuration.js";
import { ignoreBrokenConnections } from "../../dev-provider/src/koa-errors.js";
import { listen } from "../../dev-provider/src/loopback.js";
import { ada } from "../../dev-provider/src/users.js";
import { localPorts } from "./ports.js";

await develop().catch((error) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});

async function develop(): Promise<void> {
  const ports = localPorts(process.env.STRONGROOM_PORT);
  const origin = `http://localhost:${ports.app}`;
  const authorizationServer = await startAuthorizationServer({
    listener: await listen(ports.authorizationServer),
    redirectUris: [`${origin}/auth/callback`],
    signOutUris: [`${origin}/`],
    hint: ada,
  });
  const api = await startApi({ listener: await listen(ports.api), authorizationServer });

  const vite = await createServer({
    root: fileURLToPath(new URL("..", import.meta.url)),
    server: { port: ports.app, strictPort: true },
    plugins: [localHost({ origin, authorizationServer, api })],
  });
  await vite.listen();
  console.log(`
  Demo                  ${origin}/ (development server)
  User                  ${ada.username}, password ${ada.password}
  Authorization server  ${authorizationServer.origin}
  API                   ${api.url}

  Press Ctrl+C to stop.
`);
}

interface Surroundings {
  origin: string;
  authorizationServer: AuthorizationServer;
  api: Api;
}

/** What the app's host serves beside the app: where the API is, the worker's configuration, the API a second time. */
function localHost({ origin, authorizationServer, api }: Surroundings): Plugin {
  const ownOriginApi = "/api/v1";
  const apis = [api.url, `${origin}${ownOriginApi}/`];
  const host = ignoreBrokenConnections(new Koa());
  host.use(api.mount(ownOriginApi));
  host.use((ctx) => {
    if (ctx.path === "/config.json") {
      ctx.body = { api: api.url, ownOriginApi: `${ownOriginApi}/`, mode: { vault: origin } };
    } else {
      ctx.type = "text/javascript";
      ctx.body = workerScript(workerConfig(providerOf(authorizationServer), apis));
    }
  });
  const serve = host.callback();
  return {
    name: "local-host",
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const { pathname } = new URL(request.url ?? "/", origin);
        const isOurs =
          ["/config.json", "/vault-worker.js"].includes(pathname) || pathname.startsWith(`${ownOriginApi}/`);
        if (isOurs) void serve(request, response);
        else next();
      });
    },
  };
}
