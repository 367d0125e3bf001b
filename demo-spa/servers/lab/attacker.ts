import type { IncomingMessage, ServerResponse } from "node:http";
import type { Listener } from "../../../dev-provider/src/loopback.js";
import { userPool } from "../../../dev-provider/src/user-pool.js";
import { type Facts, slugOf } from "../../../tests/attacks/attack.js";
import { Attacker } from "../../../tests/attacks/attacker.js";
import { authorizationUrl } from "../../../tests/attacks/injected.js";
import { codesIn, redeemCodes, type Targets, tryToken } from "../../../tests/attacks/loot.js";
import { candidatesIn, isJwt, isOpaque, kindOf, type Use } from "../../../tests/attacks/secrets.js";
import type { Loot, PlayedAttack } from "./loot.js";
import { ATTACKS } from "./payload.js";

/** The server keeps this many runs. */
const MOST_RUNS = 100;
/** Tokens are shown by this many characters, other texts by this many. */
const TAIL = 6;
const START = 100;

/** What an attacker knows of an app whose vault has an origin of its own. */
export interface VaultOriginApp {
  origin: string;
  /** The vault's origin. */
  vault: string;
  authorizationEndpoint: string;
}

/**
 * The attack lab's server for the lab's page: each injection has a server of its own under `/runs/<id>`, which uses what it
 * receives at the real endpoints. `GET /runs/<id>` is a stream of {@link Loot}.
 */
export function startAttacker(
  listener: Listener,
  targets: Targets,
  vaultOrigin?: VaultOriginApp,
): { origin: string } {
  const origin = `http://localhost:${listener.port}`;
  const runs = new Map<string, Run>();
  const runOf = (id: string): Run => {
    const run = runs.get(id) ?? new Run(`${origin}/runs/${id}`, targets, vaultOrigin);
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
  readonly #vaultOrigin: VaultOriginApp | undefined;
  readonly #loot: Loot[] = [];
  readonly #streams = new Set<ServerResponse>();
  /** Every secret that was received, and whether it is a token or code. */
  readonly #seen = new Map<string, boolean>();
  /** The tokens and codes of each attack, including those that were received before. */
  readonly #found = new Map<string, Set<string>>();
  #done = Promise.resolve();

  constructor(url: string, targets: Targets, vaultOrigin: VaultOriginApp | undefined) {
    this.#attacker = new Attacker(url);
    this.#targets = targets;
    this.#vaultOrigin = vaultOrigin;
  }

  /** Takes a request to `path` of this run's server. */
  async receive(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (path === "/facts") return this.#sendFacts(request, response);
    request.url = path;
    await this.#attacker.answer(request, response);
    // In order: what was sent before `/end` is used before it.
    this.#done = this.#done.then(() => this.#tryLoot()).then(() => this.#end(path));
    await this.#done;
  }

  /** Sends all loot so far, and then new loot. */
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

  /** What the attacker has found out about the app in whose page the payload runs. */
  #sendFacts({ headers }: IncomingMessage, response: ServerResponse): void {
    const facts = headers.origin === this.#vaultOrigin?.origin ? this.#facts : undefined;
    response.writeHead(200, { "content-type": "application/json", "access-control-allow-origin": "*" });
    response.end(JSON.stringify(facts ?? { vaultUrl: "" }));
  }

  /** For an app whose vault has an origin of its own. The attacks on other apps need none. */
  get #facts(): Facts | undefined {
    if (!this.#vaultOrigin) return undefined;
    const { origin, vault, authorizationEndpoint } = this.#vaultOrigin;
    const { api, authorizationServer } = this.#targets;
    return {
      attackerUrl: this.#attacker.url,
      siblingUrl: this.#attacker.url,
      appUrl: `${origin}/`,
      apiUrl: api.url,
      ownApiUrl: null,
      authorizationEndpoint,
      tokenEndpoint: authorizationServer.endpoints.token,
      clientId: authorizationServer.clientId,
      redirectUri: `${vault}/callback.html`,
      vaultUrl: vault,
      scope: userPool.scopes.join(" "),
      codeChallenge: this.#attacker.codeChallenge,
    };
  }

  async #tryLoot(): Promise<void> {
    for (const { name } of ATTACKS) {
      for (const secret of this.#attacker.takeLoot(name)) {
        if (this.#isOfTheAttacker(name, secret)) continue;
        // The first attack that finds a secret counts.
        if (!this.#seen.has(secret)) this.#seen.set(secret, await this.#trySecret(name, secret));
        if (this.#seen.get(secret)) this.#found.set(name, (this.#found.get(name) ?? new Set()).add(secret));
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

  /**
   * Whether a value comes from the payload itself: from its text, which the page shows, or from a URL that the attack opens, which the page's
   * list of resources has.
   */
  #isOfTheAttacker(attack: string, secret: string): boolean {
    if (secret === "code=x") return true;
    const facts = this.#facts;
    if (!facts) return false;
    const own = encodeURIComponent(`${facts.attackerUrl}/${slugOf(attack)}`);
    return `${authorizationUrl(facts, slugOf(attack))} ${own}`.includes(secret);
  }

  /** Returns whether it is a token or code. */
  async #trySecret(attack: string, secret: string): Promise<boolean> {
    const [code] = codesIn([secret]);
    const isCode = code !== undefined;
    // It is received again as a long value.
    if (isCode) this.#seen.set(code, false);
    const uses = isCode ? await this.#usesOfCode(secret) : await this.#usesOf(secret);
    // Not every long random value is a refresh token.
    const isToken = isJwt(secret) || uses.some(({ worked }) => worked);
    const kind = isCode ? "code" : isToken ? kindOf(secret) : "other";
    this.#add({
      attack,
      kind,
      excerpt: kind === "other" ? `…${secret.slice(-TAIL)}` : secret.slice(-TAIL),
      length: secret.length,
      uses: kind === "other" ? [] : uses,
    });
    return kind !== "other";
  }

  async #usesOf(secret: string): Promise<Use[]> {
    if (!isJwt(secret) && !isOpaque(secret)) return [];
    try {
      return await tryToken(secret, this.#targets);
    } catch {
      return [{ what: isJwt(secret) ? "the API" : "the token endpoint", status: 0, worked: false }];
    }
  }

  /** Redeems a code with the attacker's own code verifier. */
  async #usesOfCode(secret: string): Promise<Use[]> {
    const redirectUri = this.#facts?.redirectUri ?? "";
    const gains = await redeemCodes([secret], this.#attacker, { ...this.#targets, redirectUri });
    const worked = gains.length > 0;
    return [{ what: "the token endpoint", status: worked ? 200 : 400, worked }];
  }

  #end(path: string): void {
    if (path !== "/end") return;
    const [body = ""] = this.#attacker.takeBodies(path);
    const played = playedIn(body).map((each) => ({
      ...each,
      found: this.#found.get(each.attack)?.size ?? 0,
    }));
    this.#add({ attack: "", kind: "end", excerpt: "", length: 0, uses: [], played });
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

/** The attacks that the payload says it has played. Nothing, if the text is not the payload's. */
function playedIn(text: string): Pick<PlayedAttack, "attack" | "problem">[] {
  try {
    const told = JSON.parse(text) as { attack?: unknown; problem?: unknown }[];
    return ATTACKS.flatMap(({ name }) => {
      const played = told.find(({ attack }) => attack === name);
      if (!played) return [];
      return [{ attack: name, ...(played.problem === undefined ? {} : { problem: String(played.problem) }) }];
    });
  } catch {
    return [];
  }
}

function startOf(text: string): string {
  const harmless = candidatesIn(text).reduce((left, secret) => left.replaceAll(secret, "…"), text);
  return harmless.length > START ? `${harmless.slice(0, START)}…` : harmless;
}
