import { readFile } from "node:fs/promises";
import Koa from "koa";
import { hostOptionsOf, ruleFor, vaultOriginRules, workerScript } from "strongroom/headers";
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
    const { headers, page } = ruleFor(rules, ctx.path);
    ctx.set(headers);
    if (page) {
      ctx.status = page.status;
      ctx.body = page.body;
      return;
    }
    ctx.type = "text/javascript";
    switch (ctx.path) {
      case "/strongroom-vault.js":
        ctx.body = await readFile(built.vaultLibrary);
        return;
      case "/strongroom-frame.js":
        ctx.body = await readFile(built.frameScript);
        return;
      case "/vault-worker.js":
        ctx.body = `${testing.prelude}\n${workerScript(config, "/strongroom-vault.js")}`;
    }
  });
  listener.serve(testing.recorded(app.callback()));
}
