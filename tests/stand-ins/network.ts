import type { Listener } from "../../dev-provider/src/loopback.js";

export type Server = "app" | "authorizationServer" | "api";

/** The time in which servers were unreachable, in milliseconds since the epoch. */
export interface Outage {
  from: number;
  /** `Infinity` while it lasts. */
  to: number;
}

/** Makes servers unreachable, as a lost network does, and records when. */
export class NetworkTesting {
  readonly outages: Outage[] = [];
  /** Connections that were cut at once, by server. */
  readonly attempts: Record<Server, number> = { app: 0, authorizationServer: 0, api: 0 };

  constructor(private readonly listeners: Readonly<Record<Server, Listener>>) {}

  get isLost(): boolean {
    return this.outages.at(-1)?.to === Number.POSITIVE_INFINITY;
  }

  /** Cuts the open connections of these servers, and each new one, until `restore()`. */
  lose(...servers: Server[]): void {
    this.restore();
    this.outages.push({ from: Date.now(), to: Number.POSITIVE_INFINITY });
    for (const server of servers) {
      this.listeners[server].lose(() => {
        this.attempts[server] += 1;
      });
    }
  }

  restore(): void {
    const outage = this.outages.at(-1);
    if (!outage || !this.isLost) return;
    for (const listener of Object.values(this.listeners)) listener.restore();
    outage.to = Date.now();
  }
}
