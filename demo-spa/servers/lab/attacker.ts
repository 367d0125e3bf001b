import type { IncomingMessage, ServerResponse } from "node:http";
import type { Listener } from "../../../dev-provider/src/loopback.js";
import { slugOf } from "../../../tests/attacks/attack.js";
import { Attacker } from "../../../tests/attacks/attacker.js";
import { type Targets, tryToken } from "../../../tests/attacks/loot.js";
import { candidatesIn, isJwt, isOpaque, kindOf, type Use } from "../../../tests/attacks/secrets.js";
import type { Loot } from "./loot.js";
import { ATTACKS } from "./payload.js";

/** The server keeps this many runs. */
const MOST_RUNS = 100;
/** Tokens are shown by this many characters, other texts by this many. */
const TAIL = 6;
const START = 100;

/**
 * The attack lab's server for the lab's page: each injection has a server of its own under `/runs/<id>`, which uses what it
 * receives at the real endpoints. `GET /runs/<id>` is a stream of {@link Loot}.
 */
export function startAttacker(listener: Listener, targets: Targets): { origin: string } {
  const origin = `http://localhost:${listener.port}`;
  const runs = new Map<string, Run>();
  const runOf = (id: string): Run => {
    const run = runs.get(id) ?? new Run(`${origin}/runs/${id}`, targets);
    runs.set(id, run);
    const [oldest] = runs.keys();
    if (runs.size > MOST_RUNS && oldest !== undefined) {
      runs.get(oldest)?.end();
      runs.delete(oldest);
    }
    return run;
  };
  listener.serve((request, response) => {
    const [, id, path] = /^\/runs\/([\w-]+)(\/.*)?$/.exec(request.url ?? "") ?? [];
    if (id === undefined) return void response.writeHead(404).end();
    const run = runOf(id);
    if (path === undefined) return run.follow(response);
    run.receive(path, request, response).catch(() => response.destroy());
  });
  return { origin };
}

/** One injection. */
class Run {
  readonly #attacker: Attacker;
  readonly #targets: Targets;
  readonly #loot: Loot[] = [];
  readonly #streams = new Set<ServerResponse>();
  readonly #seen = new Set<string>();
  #done = Promise.resolve();

  constructor(url: string, targets: Targets) {
    this.#attacker = new Attacker(url);
    this.#targets = targets;
  }

  /** Takes a request to `path` of this run's server. */
  async receive(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.url = path;
    await this.#attacker.answer(request, response);
    // In order: what was sent before `/end` is used before it.
    this.#done = this.#done.then(() => this.#tryLoot()).then(() => this.#end(path));
    await this.#done;
  }

  /** Sends what there is, and what comes. */
  follow(response: ServerResponse): void {
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "access-control-allow-origin": "*",
    });
    response.write(": here\n\n");
    for (const loot of this.#loot) response.write(event(loot));
    this.#streams.add(response);
    response.once("close", () => this.#streams.delete(response));
  }

  end(): void {
    for (const stream of this.#streams) stream.end();
  }

  async #tryLoot(): Promise<void> {
    for (const { name } of ATTACKS) {
      for (const secret of this.#attacker.takeLoot(name)) {
        // The first attack that finds a secret counts.
        if (this.#seen.has(secret)) continue;
        this.#seen.add(secret);
        await this.#trySecret(name, secret);
      }
      for (const text of this.#attacker.takeBodies(`/${slugOf(name)}/answer`)) {
        this.#add({
          attack: name,
          kind: "other",
          excerpt: startOf(text),
          length: text.length,
          uses: [],
        });
      }
    }
  }

  async #trySecret(attack: string, secret: string): Promise<void> {
    const uses = isJwt(secret) || isOpaque(secret) ? await this.#usesOf(secret) : [];
    // Not every long random value is a refresh token.
    const isToken = isJwt(secret) || uses.some(({ worked }) => worked);
    this.#add({
      attack,
      kind: isToken ? kindOf(secret) : "other",
      excerpt: isToken ? secret.slice(-TAIL) : `…${secret.slice(-TAIL)}`,
      length: secret.length,
      uses: isToken ? uses : [],
    });
  }

  async #usesOf(secret: string): Promise<Use[]> {
    try {
      return await tryToken(secret, this.#targets);
    } catch {
      return [{ what: isJwt(secret) ? "the API" : "the token endpoint", status: 0, worked: false }];
    }
  }

  #end(path: string): void {
    if (path === "/end") this.#add({ attack: "", kind: "end", excerpt: "", length: 0, uses: [] });
  }

  #add(loot: Omit<Loot, "number">): void {
    const numbered = { number: this.#loot.length + 1, ...loot };
    this.#loot.push(numbered);
    for (const stream of this.#streams) stream.write(event(numbered));
  }
}

function event(loot: Loot): string {
  return `id: ${loot.number}\ndata: ${JSON.stringify(loot)}\n\n`;
}

function startOf(text: string): string {
  const harmless = candidatesIn(text).reduce((left, secret) => left.replaceAll(secret, "…"), text);
  return harmless.length > START ? `${harmless.slice(0, START)}…` : harmless;
}
