import { readFile } from "node:fs/promises";
import Koa from "koa";
import { hostOptionsOf, ruleFor, type VaultConfig, vaultOriginRules, workerScript } from "strongroom/headers";
import { ignoreBrokenConnections } from "../../dev-provider/src/koa-errors.js";
import type { Listener } from "../../dev-provider/src/loopback.js";
import { built } from "../e2e/built.js";
import type { HostTesting } from "./host.js";

export interface VaultOriginOptions {
  listener: Listener;
  /** The origins of the apps. */
  apps: string[];
  /** What tests change and see, with the worker's configuration. */
  testing: HostTesting;
}

/** Serves the static files of a vault origin, and nothing else. */
export function serveVaultOrigin({ listener, apps, testing }: VaultOriginOptions): void {
  const app = ignoreBrokenConnections(new Koa());
  app.use(async (ctx) => {
    const config = { apps, ...testing.currentConfig };
    const rules = vaultOriginRules({ ...hostOptionsOf(config), apps });
    const { headers, page, path } = ruleFor(rules, ctx.path);
    const response = testing.changeVaultResponse(ctx.path, {
      status: page?.status ?? 200,
      headers: { ...headers },
      body: page?.body ?? (await scriptAt(path, config, testing)),
    });
    ctx.status = response.status;
    ctx.body = response.body;
    ctx.set(response.headers);
  });
  listener.serve(testing.recorded(app.callback()));
}

function scriptAt(path: string, config: VaultConfig, { prelude }: HostTesting): string | Promise<string> {
  switch (path) {
    case "/strongroom-vault.js":
      return readFile(built.vaultLibrary, "utf8");
    case "/strongroom-frame.js":
      return readFile(built.frameScript, "utf8");
    default:
      return `${prelude}\n${workerScript(config, "/strongroom-vault.js")}`;
  }
}
