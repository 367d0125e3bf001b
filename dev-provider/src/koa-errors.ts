import type Koa from "koa";

/** Koa prints every error. That a browser went away in the middle of a request is none. */
export function ignoreBrokenConnections(app: Koa): Koa {
  const brokenConnection = new Set(["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"]);
  return app.on("error", (error: NodeJS.ErrnoException) => {
    if (!brokenConnection.has(error.code ?? "")) app.onerror(error);
  });
}
