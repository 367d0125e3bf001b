import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import cors from "@koa/cors";
import Router from "@koa/router";
import Koa from "koa";
import { ignoreBrokenConnections } from "../../../dev-provider/src/koa-errors.js";
import type { Listener } from "../../../dev-provider/src/loopback.js";
import type { Loot } from "./loot.js";
import { tokensIn } from "./tokens-in.js";
import { Uses } from "./uses.js";

export interface AttackerOptions {
  listener: Listener;
  api: string;
  tokenEndpoint: string;
  clientId: string;
}

/** The attacker's server: takes what payloads send, tries at the real endpoints what it is good for, and shows that. */
export interface Attacker {
  origin: string;
  close(): Promise<void>;
}

/** No run is looked at for longer, and no more is kept of one. */
const MOST_RUNS = 100;
const MOST_LOOT = 200;
const MOST_BYTES = 256 * 1024;

export function startAttacker({ listener, ...victim }: AttackerOptions): Attacker {
  const uses = new Uses(victim);
  const runs = new Map<string, Run>();
  const runOf = (id: string): Run => {
    const run = runs.get(id) ?? new Run();
    runs.delete(id);
    runs.set(id, run);
    const [oldest] = runs.keys();
    if (runs.size > MOST_RUNS && oldest !== undefined) {
      runs.get(oldest)?.end();
      runs.delete(oldest);
    }
    return run;
  };

  const router = new Router()
    .post("/runs/:id", async (ctx) => {
      const { place, text } = await readReport(ctx.req);
      ctx.status = 204;
      const run = runOf(ctx.params.id ?? "");
      const tokens = tokensIn(text);
      for (const found of tokens) {
        if (!run.isNew(found.token)) continue;
        const { kind, token } = found;
        run.add({ place, kind, tail: token.slice(-6), length: token.length, uses: await uses.of(found) });
      }
      if (tokens.length === 0) {
        run.add({ place, kind: text === "" ? "end" : "other", tail: null, length: text.length, uses: [] });
      }
    })
    .get("/runs/:id", (ctx) => {
      ctx.type = "text/event-stream";
      ctx.set("Cache-Control", "no-store");
      const stream = new PassThrough();
      ctx.body = stream;
      runOf(ctx.params.id ?? "").follow(stream);
    });

  const app = ignoreBrokenConnections(new Koa());
  app.use(cors({ origin: "*" }));
  app.use(router.routes());
  listener.serve(app.callback());
  return {
    origin: `http://localhost:${listener.port}`,
    async close() {
      for (const run of runs.values()) run.end();
      await listener.close();
    },
  };
}

/** What one press of the button brought. */
class Run {
  readonly #loot: Loot[] = [];
  readonly #streams = new Set<PassThrough>();
  readonly #seen = new Set<string>();

  /** The first report of a token counts; the same one in a second place tells nothing new. */
  isNew(token: string): boolean {
    if (this.#seen.has(token)) return false;
    this.#seen.add(token);
    return true;
  }

  add(loot: Omit<Loot, "number">): void {
    if (this.#loot.length >= MOST_LOOT) return;
    const numbered = { number: this.#loot.length + 1, ...loot };
    this.#loot.push(numbered);
    for (const stream of this.#streams) stream.write(event(numbered));
  }

  /** Sends what there is, and what comes. */
  follow(stream: PassThrough): void {
    stream.write(": here\n\n");
    for (const loot of this.#loot) stream.write(event(loot));
    this.#streams.add(stream);
    stream.once("close", () => this.#streams.delete(stream));
  }

  end(): void {
    for (const stream of this.#streams) stream.end();
  }
}

function event(loot: Loot): string {
  return `id: ${loot.number}\ndata: ${JSON.stringify(loot)}\n\n`;
}

async function readReport(request: IncomingMessage): Promise<{ place: string; text: string }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= MOST_BYTES) chunks.push(chunk);
  }
  try {
    const { place, text } = JSON.parse(Buffer.concat(chunks).toString());
    return { place: String(place).slice(0, 200), text: String(text) };
  } catch {
    return { place: "unreadable", text: "" };
  }
}
