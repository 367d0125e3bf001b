import { attack } from "../attack.js";

export default attack({
  name: "fuzzes endpoints and messages",
  threat: "single-execution theft",
  target: "strongroom",
  alone: true,
  async payload(it) {
    // Deterministic, so that a failure can be reproduced.
    let seed = 20_261_122;
    const below = (limit: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed % limit;
    };
    const pieces = [
      "/",
      "..",
      "%2e",
      "auth",
      "session",
      "keep",
      "events",
      "?",
      "&",
      "=",
      "key",
      "code",
      "state",
      "error",
    ];
    const odd = [
      "\u0000",
      "%ff",
      "𝔰",
      "\\",
      ";",
      "__proto__",
      "constructor",
      "A".repeat(3_000),
      "-1",
      "null",
      "[]",
      "{}",
    ];
    const word = () => {
      const from = below(3) === 0 ? odd : pieces;
      return from[below(from.length)] ?? "";
    };
    const text = (length: number) => Array.from({ length }, word).join("");
    const tree = (depth: number): unknown => {
      switch (below(depth > 0 ? 6 : 3)) {
        case 0:
          return below(1_000) - 500;
        case 1:
          return text(3);
        case 2:
          return null;
        case 3:
          return Array.from({ length: below(5) }, () => tree(depth - 1));
        default:
          return Object.fromEntries(Array.from({ length: below(5) }, () => [word(), tree(depth - 1)]));
      }
    };
    const methods = ["GET", "POST", "PUT", "DELETE"];
    for (let round = 0; round < 12; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          const method = methods[below(methods.length)] ?? "GET";
          try {
            const response = await fetch(`/auth/${text(1 + below(6))}`, {
              method,
              ...(method === "GET" ? {} : { body: JSON.stringify(tree(3)) }),
              signal: AbortSignal.timeout(1_000),
            });
            it.steal([...response.headers]);
            const reader = response.body?.getReader();
            it.steal(new TextDecoder("latin1").decode((await reader?.read())?.value));
            await reader?.cancel();
          } catch (error) {
            it.steal(String(error));
          }
        }),
      );
      for (let message = 0; message < 20; message++) {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => it.steal(data);
        navigator.serviceWorker.controller?.postMessage(tree(4), [port2]);
      }
    }
    await it.pause(300);
  },
});
