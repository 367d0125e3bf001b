import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { type Listener, listen } from "../../dev-provider/src/loopback.js";
import { slugOf } from "./attack.js";

/** What looks like a code in a URL, a JWT, or a random value as long as a refresh token or a verifier. */
const CANDIDATES = /\bcode=[\w-]+|eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+|[\w-]{43,}/g;

/** The attacker's own server, and the secret it shares with nobody. */
export class Attacker {
  readonly codeVerifier = randomBytes(32).toString("base64url");
  readonly codeChallenge = createHash("sha256").update(this.codeVerifier).digest("base64url");
  /** Pages of the attacker, by path. */
  readonly pages = new Map<string, string>();
  /** By the attack's part of the URL. */
  readonly #loot = new Map<string, Set<string>>();
  readonly #bodies = new Map<string, string[]>();

  private constructor(private readonly listener: Listener) {}

  static async start(): Promise<Attacker> {
    const listener = await listen();
    const attacker = new Attacker(listener);
    listener.serve((request, response) => {
      // A browser that goes away in the middle of a request is no error here.
      attacker.#answer(request, response).catch(() => response.destroy());
    });
    return attacker;
  }

  /** On a site of its own. */
  get url(): string {
    return `http://127.0.0.1:${this.listener.port}`;
  }

  /** The same server under another host's name. */
  urlOn(hostname: string): string {
    return `http://${hostname}:${this.listener.port}`;
  }

  /** What reached the server by the attack of that name; forgotten with the asking. */
  takeLoot(attack: string): string[] {
    const loot = [...(this.#loot.get(slugOf(attack)) ?? [])];
    this.#loot.delete(slugOf(attack));
    return loot;
  }

  /** What was sent to a path of the server, as it came; forgotten with the asking. */
  takeBodies(path: string): string[] {
    const bodies = this.#bodies.get(path) ?? [];
    this.#bodies.delete(path);
    return bodies;
  }

  /** Notes what looks like loot in a text, also one that reached the attacker in another way than through this server. */
  add(attack: string, text: string): void {
    const loot = this.#loot.get(slugOf(attack)) ?? new Set();
    for (const [candidate] of text.matchAll(CANDIDATES)) loot.add(candidate);
    this.#loot.set(slugOf(attack), loot);
  }

  close(): Promise<void> {
    return this.listener.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url);
    const [, attack = ""] = pathname.split("/");
    const body = request.method === "GET" ? "" : await text(request);
    if (attack === "loot") {
      const sent = body || (searchParams.get("loot") ?? "[]");
      for (const [name, candidate] of JSON.parse(sent) as [string, string][]) this.add(name, candidate);
      return void response.writeHead(204, { "access-control-allow-origin": "*" }).end();
    }
    // Whatever a request of the victim's browser carries is loot: headers, cookies, the URL, the body.
    this.add(attack, [...Object.values(request.headers), request.url, body].join("\n"));
    const answer = searchParams.get("answer");
    this.#bodies.set(pathname, [...(this.#bodies.get(pathname) ?? []), answer ?? body]);
    // A page that is told to go here stays where it is.
    if (answer !== null) return void response.writeHead(204).end();
    const page = this.pages.get(pathname);
    response.writeHead(200, {
      "content-type": page === undefined ? "text/plain" : "text/html; charset=utf-8",
      "access-control-allow-origin": request.headers.origin ?? "*",
      "access-control-allow-headers": "authorization, content-type",
      "access-control-allow-methods": "*",
      "access-control-allow-credentials": "true",
    });
    response.end(page ?? "taken");
  }
}
