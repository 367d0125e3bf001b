import { readFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { dirname, join } from "node:path";
import Koa from "koa";
import { hostOptionsOf, ruleFor, type VaultConfig, vaultOriginRules, workerScript } from "strongroom/headers";
import type { AuthorizationServer } from "../../dev-provider/src/authorization-server.js";
import { ignoreBrokenConnections } from "../../dev-provider/src/koa-errors.js";

export interface VaultResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface VaultOriginOptions {
  /** The apps that the host lets embed the vault. */
  apps: string[];
  /** The worker's configuration, read for each request. `apps` is added unless it has the key. */
  config(): VaultConfig;
  /** The package's built worker file. The vault's scripts are beside it. */
  workerScript: string;
  /** Script that `/vault-worker.js` runs first. */
  prelude?(): string;
  /** Changes the response to a path. */
  change?(path: string, response: VaultResponse): VaultResponse;
}

/** Serves the files of a vault origin, and nothing else. */
export function vaultOriginHandler(options: VaultOriginOptions): RequestListener {
  const app = ignoreBrokenConnections(new Koa());
  app.use(async (ctx) => {
    const { apps } = options;
    const config = { apps, ...options.config() };
    const rules = vaultOriginRules({ ...hostOptionsOf(config), apps });
    const { headers, page, path } = ruleFor(rules, ctx.path);
    const response = {
      status: page?.status ?? 200,
      headers: { ...headers },
      body: page?.body ?? (await scriptAt(path, config, options)),
    };
    const { status, headers: sent, body } = options.change?.(ctx.path, response) ?? response;
    ctx.status = status;
    ctx.body = body;
    ctx.set(sent);
  });
  return app.callback();
}

async function scriptAt(path: string, config: VaultConfig, options: VaultOriginOptions): Promise<string> {
  return path === "/vault-worker.js"
    ? `${options.prelude?.() ?? ""}\n${workerScript(config, "/strongroom-vault.js")}`
    : await readFile(join(dirname(options.workerScript), path), "utf8");
}

/**
 * The authorization server with a login domain on the site of `app.strongroom.localhost`, so that it gets the cookie of its session in a
 * frame.
 */
export function withLoginDomainOfTheSite<Server extends Pick<AuthorizationServer, "endpoints">>(
  server: Server,
): Server {
  const { authorization, logout } = server.endpoints;
  const moved = { authorization: onTheSite(authorization), logout: onTheSite(logout) };
  return { ...server, endpoints: { ...server.endpoints, ...moved } };
}

/** A URL of the authorization server, at its host on the site of the apps. */
function onTheSite(url: string): string {
  return url.replace("//localhost:", "//auth.strongroom.localhost:");
}
