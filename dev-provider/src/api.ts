import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import cors from "@koa/cors";
import Router from "@koa/router";
import Koa, { type Context, type Middleware } from "koa";
import { ApiTesting } from "./api-testing.js";
import type { AuthorizationServer } from "./authorization-server.js";
import { type ApiFlavour, type Caller, createAuthorizer } from "./authorizer.js";
import { ignoreBrokenConnections } from "./koa-errors.js";
import type { Listener } from "./loopback.js";
import { Notes } from "./notes.js";

export interface ApiOptions {
  listener: Listener;
  /** Whose tokens the API accepts. */
  authorizationServer: Pick<AuthorizationServer, "issuer" | "clientId" | "endpoints">;
  /** Default: `http`. */
  flavour?: ApiFlavour;
  /** Adds the `testing` handle and the routes `/redirect`, `/echo` and `/status`. */
  testing?: boolean;
}

/** A notes API, shaped like an application behind API Gateway. */
export interface Api {
  origin: string;
  /** Base of all routes, with a slash at the end. */
  url: string;
  /** The same API with the same data below another prefix, for a server that shares its origin with an app. */
  mount(prefix: string): Middleware;
  testing?: ApiTesting;
  close(): Promise<void>;
}

export function startApi(options: ApiOptions & { testing: true }): Promise<Api & { testing: ApiTesting }>;
export function startApi(options: ApiOptions): Promise<Api>;
export async function startApi({
  listener,
  authorizationServer: { issuer, clientId, endpoints },
  flavour = "http",
  testing: isTested = false,
}: ApiOptions): Promise<Api> {
  const authorizer = createAuthorizer({ issuer, clientId, jwksUri: endpoints.jwks, flavour });
  const testing = isTested ? new ApiTesting() : undefined;
  const notesOf = notesByUser();

  const mount = (prefix: string): Middleware => {
    const routes = createRouter({ prefix, authorizer, notesOf, testing }).routes() as Middleware;
    const withCors = cors({
      ...(testing ? { origin: () => testing.allowedOrigin } : {}),
      allowHeaders: ["Authorization", "Content-Type"],
      exposeHeaders: "Content-Disposition",
    });
    return async (ctx, next) => {
      if (!ctx.path.startsWith(`${prefix}/`)) return next();
      const respond = () => withCors(ctx, () => routes(ctx, async () => sendMessage(ctx, 404, "Not Found")));
      await (testing ? testing.middleware(ctx, respond) : respond());
    };
  };

  const app = ignoreBrokenConnections(new Koa());
  app.use(mount("/v1"));
  listener.serve(app.callback());
  const origin = `http://localhost:${listener.port}`;
  return {
    origin,
    url: `${origin}/v1/`,
    mount,
    ...(testing ? { testing } : {}),
    close: () => listener.close(),
  };
}

/** The largest file of a note, in bytes. */
const MAX_FILE = 64 * 1024 * 1024;
/** The largest JSON document, in bytes. */
const MAX_JSON = 64 * 1024;

interface RouterOptions {
  prefix: string;
  authorizer: ReturnType<typeof createAuthorizer>;
  notesOf: (caller: Caller) => Notes;
  testing: ApiTesting | undefined;
}

function createRouter({ prefix, authorizer, notesOf, testing }: RouterOptions): Router {
  /** A route of API Gateway: the handler runs only for a caller whose token has `scope`. */
  const as =
    (scope: string | null, handler: (ctx: Context, caller: Caller) => unknown) => async (ctx: Context) => {
      if (testing?.takeRefusal(ctx.get("Authorization"))) return authorizer.refuse(ctx);
      const caller = await authorizer.authorize(ctx, scope);
      if (caller) await handler(ctx, caller);
    };
  const reader = (handler: (ctx: Context, caller: Caller) => unknown) => as("notes/read", handler);
  const writer = (handler: (ctx: Context, caller: Caller) => unknown) => as("notes/write", handler);

  const router = new Router({ prefix })
    // No scope: an ID token is accepted too.
    .get("/me", as(null, describeCaller))

    .get(
      "/notes",
      reader((ctx, caller) => {
        ctx.body = notesOf(caller).list();
      }),
    )
    .post(
      "/notes",
      writer(async (ctx, caller) => {
        const text = await readText(ctx.req);
        if (!text) return sendMessage(ctx, 400, 'The body has to be JSON with a "text" that is not empty.');
        ctx.status = 201;
        ctx.body = notesOf(caller).add(text);
      }),
    )
    .delete(
      "/notes/:id",
      writer((ctx, caller) => {
        if (!notesOf(caller).remove(ctx.params.id)) return sendMessage(ctx, 404, "Not Found");
        ctx.status = 204;
      }),
    )
    .put(
      "/notes/:id/file",
      writer(async (ctx, caller) => {
        const note = notesOf(caller).find(ctx.params.id);
        if (!note) return sendMessage(ctx, 404, "Not Found");
        const content = await readUpTo(ctx.req, MAX_FILE);
        if (!content) return sendMessage(ctx, 413, "Request Entity Too Large");
        const type = ctx.get("Content-Type") || "application/octet-stream";
        notesOf(caller).attach(note, ctx.URL.searchParams.get("name") || "file", type, content);
        ctx.body = note;
      }),
    )
    .get(
      "/notes/:id/file",
      reader((ctx, caller) => {
        const note = notesOf(caller).find(ctx.params.id);
        const content = note && notesOf(caller).content(note);
        if (!note?.file || !content) return sendMessage(ctx, 404, "Not Found");
        ctx.attachment(note.file.name);
        ctx.set({ "Content-Type": note.file.type, "X-Content-Type-Options": "nosniff" });
        ctx.length = content.length;
        ctx.body = Readable.from(chunksOf(content));
      }),
    )

    .post("/upload", writer(hashBody))
    .get("/pixel.png", reader(sendPixel))
    .get("/download", reader(sendBytes))
    .get("/events", reader(sendTicks));

  if (testing) {
    router
      // A response without a body: 204, 205, 304.
      .all(
        "/status",
        as(null, (ctx) => {
          ctx.body = null;
          ctx.status = Number(ctx.URL.searchParams.get("status"));
        }),
      )
      .get("/redirect", (ctx) => ctx.redirect(ctx.URL.searchParams.get("to") ?? ""))
      .get("/echo", (ctx) => {
        ctx.body = ctx.headers;
      });
  }
  return router;
}

function describeCaller(ctx: Context, caller: Caller): void {
  ctx.body = {
    scheme: ctx.get("Authorization").split(" ")[0],
    tokenUse: caller.token_use,
    jtiTail: caller.jti.slice(-6),
    sub: caller.sub,
    username: caller.username,
    scope: caller.scope,
    groups: caller.groups,
    receivedAt: new Date().toISOString(),
  };
}

async function hashBody(ctx: Context): Promise<void> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of ctx.req) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  ctx.body = { bytes, sha256: hash.digest("hex") };
}

function sendPixel(ctx: Context): void {
  ctx.type = "png";
  ctx.body = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );
}

function sendBytes(ctx: Context): void {
  const bytes = Number(ctx.URL.searchParams.get("bytes") ?? Number.NaN);
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    sendMessage(ctx, 400, "bytes has to be a whole number.");
    return;
  }
  ctx.attachment("download.bin");
  ctx.length = bytes;
  ctx.body = Readable.from(countedBytes(bytes));
}

function sendTicks(ctx: Context): void {
  const count = Number(ctx.URL.searchParams.get("count") ?? Number.POSITIVE_INFINITY);
  ctx.type = "text/event-stream";
  ctx.set("Cache-Control", "no-store");
  ctx.body = Readable.from(ticks(count));
}

async function* ticks(count: number): AsyncGenerator<string> {
  for (let id = 1; id <= count; id++) {
    if (id > 1) await setTimeout(500, undefined, { ref: false });
    yield `id: ${id}\nevent: tick\ndata: ${JSON.stringify({ at: new Date().toISOString() })}\n\n`;
  }
}

function* countedBytes(total: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024, "0123456789abcdef");
  for (let left = total; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
}

function* chunksOf(content: Buffer): Generator<Buffer> {
  for (let offset = 0; offset < content.length; offset += 64 * 1024)
    yield content.subarray(offset, offset + 64 * 1024);
}

/** The body, or `undefined` if it is longer than `limit` bytes. */
async function readUpTo(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Destroying the request would close the connection before the response arrives.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

/** `text` of the JSON body, trimmed; `undefined` for any other body. */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  try {
    const { text } = JSON.parse(String(await readUpTo(request, MAX_JSON)));
    return typeof text === "string" ? text.trim() : undefined;
  } catch {
    return undefined;
  }
}

function notesByUser(): (caller: Caller) => Notes {
  const byUser = new Map<string, Notes>();
  return ({ sub }) => {
    const notes = byUser.get(sub) ?? new Notes();
    byUser.set(sub, notes);
    return notes;
  };
}

function sendMessage(ctx: Context, status: number, message: string): void {
  ctx.status = status;
  ctx.body = { message };
}
