import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "koa";
import sirv from "sirv";

/** A folder of built files. */
export interface StaticFiles {
  /** Whether there was such a file. */
  sendFile(ctx: Context): Promise<boolean>;
  /** Sends the app's page, whatever the path. */
  sendApp(ctx: Context): Promise<void>;
}

/** @throws Error if the folder has no `index.html`. */
export function staticFiles(folder: string): StaticFiles {
  mustBeBuilt(join(folder, "index.html"));
  const serve = sirv(folder, {
    etag: true,
    setHeaders(response, pathname) {
      // Names of assets contain a hash, so the files never change.
      const immutable = pathname.startsWith("/assets/");
      response.setHeader("Cache-Control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  const sendFile = (ctx: Context) =>
    new Promise<boolean>((resolve) => {
      ctx.respond = false;
      ctx.res.once("close", () => resolve(true));
      serve(ctx.req, ctx.res, () => {
        ctx.respond = true;
        resolve(false);
      });
    });
  return {
    sendFile,
    async sendApp(ctx) {
      // `/vault-worker.js` has set another type.
      ctx.remove("Content-Type");
      ctx.url = "/";
      await sendFile(ctx);
    },
  };
}

/** @throws Error if there is no such file. */
export function mustBeBuilt(path: string): void {
  if (existsSync(path)) return;
  throw new Error(
    `${path} does not exist. It is made by the build, which "npm start" and "npm test" run first.`,
  );
}

/** Whether a browser opens a page of the app. A missing image, script or file is not a page. */
export function isNavigation(ctx: Context): boolean {
  return (
    ctx.get("Accept").includes("text/html") && !ctx.path.startsWith("/assets/") && !/\.[^/]*$/.test(ctx.path)
  );
}
