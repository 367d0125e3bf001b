import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { slugOf } from "./attack.js";
import { candidatesIn } from "./secrets.js";

/**
 * The SHA-256 of a text: the code challenge of a code verifier (RFC 7636 section 4.2), and the key under which the vault stores a
 * sign-in, of its state.
 */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** The attacker's server, and its own code verifier. */
export class Attacker {
  readonly codeVerifier = randomBytes(32).toString("base64url");
  readonly codeChallenge = hashOf(this.codeVerifier);
  /** The attacker's pages, by path. */
  readonly pages = new Map<string, string>();
  /** By the attack's slug. */
  readonly #loot = new Map<string, Set<string>>();
  readonly #bodies = new Map<string, string[]>();

  /** @param url Where {@link answer} gets its requests from: for the lab, an origin on another site than the app. */
  constructor(readonly url: string) {}

  /** The same server under another host name. */
  urlOn(hostname: string): string {
    return `http://${hostname}:${new URL(this.url).port}`;
  }

  /** Returns and forgets what the attack of that name sent to the server. */
  takeLoot(attack: string): string[] {
    const loot = [...(this.#loot.get(slugOf(attack)) ?? [])];
    this.#loot.delete(slugOf(attack));
    return loot;
  }

  /** Returns and forgets the bodies sent to a path. */
  takeBodies(path: string): string[] {
    const bodies = this.#bodies.get(path) ?? [];
    this.#bodies.delete(path);
    return bodies;
  }

  /** Records everything in a text that looks like a secret, also if it reached the attacker in another way. */
  add(attack: string, text: string): void {
    const loot = this.#loot.get(slugOf(attack)) ?? new Set();
    for (const candidate of candidatesIn(text)) loot.add(candidate);
    this.#loot.set(slugOf(attack), loot);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url);
    const [, attack = ""] = pathname.split("/");
    const body = request.method === "GET" ? "" : await text(request);
    if (attack === "loot") {
      const sent = body || (searchParams.get("loot") ?? "[]");
      for (const [name, candidate] of JSON.parse(sent) as [string, string][]) this.add(name, candidate);
      return void response.writeHead(204, { "access-control-allow-origin": "*" }).end();
    }
    const [, left] = /\/redirects\/(\d+)$/.exec(pathname) ?? [];
    if (left !== undefined) {
      const next = `${Number(left) - 1}?${searchParams}`;
      const location = left === "1" ? (searchParams.get("to") ?? "/") : next;
      return void response.writeHead(302, { location }).end();
    }
    // Search everything that the request carries: headers, cookies, URL, body.
    this.add(attack, [...Object.values(request.headers), request.url, body].join("\n"));
    const answer = searchParams.get("answer");
    this.#bodies.set(pathname, [...(this.#bodies.get(pathname) ?? []), answer ?? body]);
    // With 204, a page that navigates here stays where it is.
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
