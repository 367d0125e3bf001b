import type Koa from "koa";

/** Koa prints every error. Keeps it from printing connections that a browser has closed during a request. */
export function ignoreBrokenConnections(app: Koa): Koa {
  const brokenConnection = new Set(["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"]);
  return app.on("error", (error: NodeJS.ErrnoException) => {
    if (!brokenConnection.has(error.code ?? "")) app.onerror(error);
  });
}
