import { randomInt } from "node:crypto";
import { type Listener, listen } from "../loopback.js";

/** To a browser, a port used again would be the origin it was before, with its service worker. */
const given = new Set<number>();

/**
 * A free port, with a free one after it, for a program that has to be told its port. Systems give ports from 32768 on to
 * connections and to whoever asks for any port: one of those may be taken before the program has started.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    if (given.has(port) || given.has(port + 1)) continue;
    const bound: Listener[] = [];
    try {
      bound.push(await listen(port), await listen(port + 1));
    } catch {
      continue;
    } finally {
      await Promise.all(bound.map((listener) => listener.close()));
    }
    given.add(port).add(port + 1);
    return port;
  }
}
