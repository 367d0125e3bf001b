import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { withLoginDomainOfTheSite } from "strongroom-demo/servers/vault-origin.js";
import { type Api, startApi } from "../../dev-provider/src/api.js";
import type { ApiTesting } from "../../dev-provider/src/api-testing.js";
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from "../../dev-provider/src/authorization-server.js";
import type { AuthorizationServerTesting } from "../../dev-provider/src/authorization-server-testing.js";
import { providerOf } from "../../dev-provider/src/configuration.js";
import { type Listener, listen } from "../../dev-provider/src/loopback.js";
import { userPool } from "../../dev-provider/src/user-pool.js";
import { Attacker } from "./attacker.js";
import { type StartedFront, startFront } from "./front.js";
import { INJECTED_SCRIPT } from "./injected.js";
import { type Site, startSite, victimSources } from "./site.js";
import type { Victim } from "./victim.js";
import { KEEPS } from "./victims/keeps.js";

/** The victims, their authorization server and API, and the attacker's server. */
export interface Lab {
  attacker: Attacker;
  authorizationServer: AuthorizationServer & { testing: AuthorizationServerTesting };
  api: Api & { testing: ApiTesting };
  sites: Site[];
  close(): Promise<void>;
}

/** The number of attacks that may need their own origin. */
const SPARES = 11;

/** @param folder The name of the folder for the built apps; concurrent runs need different ones. */
export async function startLab(victims: readonly Victim[], folder: string): Promise<Lab> {
  const listeners: Listener[] = [];
  const bind = async () => {
    const listener = await listen();
    listeners.push(listener);
    return listener;
  };
  const fronts: StartedFront[] = [];
  const origins = victims.flatMap((victim) =>
    Array.from({ length: victim.host === "plain" ? 1 : 1 + SPARES }, () => victim),
  );
  const places = await Promise.all(
    origins.map(async (victim) => {
      const listener = await bind();
      const origin = `http://${victim.hostname ?? "localhost"}:${listener.port}`;
      const vaultListener = victim.host === "strongroom on an origin of its own" ? await bind() : undefined;
      const vault = vaultListener ? `http://vault.strongroom.localhost:${vaultListener.port}` : "";
      const redirectUri = vault
        ? `${vault}/callback.html`
        : origin + (victim.redirectPath ?? "/auth/callback");
      return { victim, listener, origin, redirectUri, vaultListener, vault };
    }),
  );
  const authorizationServer = await startAuthorizationServer({
    listener: await bind(),
    redirectUris: places.map(({ redirectUri }) => redirectUri),
    signOutUris: places.map(({ origin }) => `${origin}/`),
    testing: true,
  });
  const { endpoints } = authorizationServer;
  const api = await startApi({ listener: await bind(), authorizationServer, testing: true });
  const forAttacker = await bind();
  const attacker = new Attacker(`http://127.0.0.1:${forAttacker.port}`);
  forAttacker.serve((request, response) => {
    // The browser may abort a request.
    attacker.answer(request, response).catch(() => response.destroy());
  });

  const folders = new Map<Victim, string>();
  for (const victim of victims) folders.set(victim, await buildApp(victim, folder));
  const all = await Promise.all(
    places.map(async ({ victim, listener, origin, redirectUri, vaultListener, vault }) => {
      const front = victim.front && (await startFront(victim.front, endpoints));
      if (front) fronts.push(front);
      // Frames get the cookies of a server of the vault's site alone.
      const server = vault ? withLoginDomainOfTheSite(authorizationServer) : authorizationServer;
      return await startSite({
        victim,
        listener,
        origin,
        ...(vaultListener ? { vaultListener } : {}),
        folder: folders.get(victim) ?? "",
        authorizationServer: server,
        api,
        facts: {
          ...providerOf(server),
          jwksUri: endpoints.jwks,
          redirectUri,
          scope: userPool.scopes.join(" "),
          api: api.url,
          vault,
          front: front?.origin ?? "",
        },
      });
    }),
  );
  const sites = victims.map((victim) => {
    const [site, ...spares] = all.filter((each) => each.victim === victim);
    if (!site) throw new Error(`there is no site of ${victim.title}`);
    return Object.assign(site, { spares });
  });
  return {
    attacker,
    authorizationServer,
    api,
    sites,
    async close() {
      await Promise.all([...fronts, ...listeners].map((server) => server.close()));
    },
  };
}

/** Bundles a victim's app and returns the folder. */
async function buildApp({ id, runsFirst }: Victim, parent: string): Promise<string> {
  const folder = fileURLToPath(new URL(`../artifacts/${parent}/${id}`, import.meta.url));
  await mkdir(folder, { recursive: true });
  const page = await readFile(join(victimSources, "index.html"), "utf8");
  const attackersScript = `<script src="${INJECTED_SCRIPT}"></script>`;
  // Deferred scripts and modules run in the order of the document.
  const afterApp = page
    .replace(attackersScript, "")
    .replace("</head>", `<script defer src="${INJECTED_SCRIPT}"></script></head>`);
  await writeFile(join(folder, "index.html"), runsFirst ? afterApp : page);
  // Strongroom with and without the headers is the same app.
  const entry = id.startsWith("strongroom") ? "strongroom" : id;
  const handMade = `import { startHandMadeApp } from "./hand-made.js"; await startHandMadeApp("${id}");`;
  await build({
    ...(id in KEEPS
      ? { stdin: { contents: handMade, resolveDir: victimSources } }
      : { entryPoints: [join(victimSources, `${entry}.ts`)] }),
    outfile: join(folder, "app.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    logLevel: "error",
  });
  return folder;
}
