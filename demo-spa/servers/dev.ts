// `npm run dev`: the app from Vite's development server, beside the local authorization server and API.

import { fileURLToPath } from "node:url";
import { createServer, type Plugin } from "vite";
import { startApi } from "../../dev-provider/src/api.js";
import { startAuthorizationServer } from "../../dev-provider/src/authorization-server.js";
import { listen } from "../../dev-provider/src/loopback.js";
import { ada } from "../../dev-provider/src/users.js";
import { AppHost, BUILT, ownOriginApi } from "./host.js";
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
  const host = new AppHost({ ...BUILT, listener: { port: ports.app }, authorizationServer, api });

  const vite = await createServer({
    root: fileURLToPath(new URL("..", import.meta.url)),
    server: { port: ports.app, strictPort: true },
    plugins: [besideTheApp(host)],
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

/** Serves what the demo's host serves beside the app: `/config.json`, the worker script, and the API on the app's origin. */
function besideTheApp(host: AppHost): Plugin {
  const serve = host.handler();
  return {
    name: "beside-the-app",
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const [path = ""] = (request.url ?? "").split("?");
        const isOurs =
          ["/config.json", "/vault-worker.js"].includes(path) || path.startsWith(`${ownOriginApi}/`);
        if (isOurs) serve(request, response);
        else next();
      });
    },
  };
}
