import { TRAP } from "../../e2e/trap.js";
import { attack } from "../attack.js";

export default attack({
  name: "crashes the wasm and queries the worker afterwards",
  threat: "single-execution theft",
  target: "strongroom",
  workerPrelude: TRAP,
  async payload(it) {
    const startedAt = async () => (await (await fetch("/auth/session")).json()).worker.startedAt;
    const before = await startedAt();
    addEventListener("error", ({ message, error }) => it.steal(message, String(error?.stack)));
    for (const url of [`${it.apiUrl}me?trap=1`, "/auth/session?trap=2", `${it.apiUrl}me?trap=3`]) {
      const response = await fetch(url).catch(
        (error: unknown) => void it.steal(String(error), (error as Error).stack),
      );
      it.steal([...(response?.headers ?? [])], await response?.text());
      for (const path of ["session", "keep?key=x", "events", "debug"]) {
        const after = await fetch(`/auth/${path}`, { signal: AbortSignal.timeout(400) }).catch(
          () => undefined,
        );
        it.steal(await after?.text().catch(String));
      }
    }
    if ((await startedAt()) === before) throw new Error("nothing crashed");
  },
  // Without a keeper, the session is lost with the wasm, and the page navigates away to recover it.
  async play(stage) {
    await stage.openSignedIn();
    await stage.waitForKeeper();
    await stage.inject();
  },
});
