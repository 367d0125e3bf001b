import type { Listener } from "../../dev-provider/src/loopback.js";

export type Server = "app" | "authorizationServer" | "api";

/** When servers could not be reached, in milliseconds since the epoch. */
export interface Outage {
  from: number;
  /** `Infinity` while it lasts. */
  to: number;
}

/** Lets a test take servers away as a lost network does, and say when they were gone. */
export class NetworkTesting {
  readonly outages: Outage[] = [];
  /** Connections that were cut as soon as they were there, by server. */
  readonly attempts: Record<Server, number> = { app: 0, authorizationServer: 0, api: 0 };

  constructor(private readonly listeners: Readonly<Record<Server, Listener>>) {}

  get isLost(): boolean {
    return this.outages.at(-1)?.to === Number.POSITIVE_INFINITY;
  }

  /** Open connections of these servers are cut, and so is each new one, until `restore()`. */
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
