import { listen } from "../loopback.js";

/** A free port, with a free one after it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const first = await listen();
    const next = await listen(first.port + 1).catch(() => undefined);
    await Promise.all([first.close(), next?.close()]);
    if (next) return first.port;
  }
}
