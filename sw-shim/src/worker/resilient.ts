import type { Vault } from "./wasm";

/**
 * A vault that survives its own crashes. After a trap nothing in a wasm instance can be trusted: it is dropped whole,
 * another one takes its place, and the keeper gives that one the session back. What the first one had not answered
 * yet is asked of the second one, unless its body is already on its way.
 */
export class Resilient {
  vault: Vault;
  readonly #create: () => Vault;
  #crash = new AbortController();

  constructor(vault: Vault, create: () => Vault) {
    this.vault = vault;
    this.#create = create;
  }

  fetch(event: FetchEvent): Promise<Response> | undefined {
    const { vault } = this;
    try {
      const response: Promise<Response> | undefined = vault.fetch(event);
      return response && this.#orAgain(response, event);
    } catch (error) {
      if (!this.crashed(error)) throw error;
      return this.vault.fetch(event);
    }
  }

  /** Takes an error that nobody caught. Says whether it was a crash. */
  crashed(error: unknown): boolean {
    if (!(error instanceof WebAssembly.RuntimeError)) return false;
    const crash = this.#crash;
    this.vault = this.#create();
    this.#crash = new AbortController();
    crash.abort();
    return true;
  }

  #orAgain(response: Promise<Response>, event: FetchEvent): Promise<Response> {
    const { signal } = this.#crash;
    return new Promise((resolve, reject) => {
      const again = () => {
        const { bodyUsed } = event.request;
        resolve(bodyUsed ? Response.error() : (this.vault.fetch(event) ?? fetch(event.request)));
      };
      signal.addEventListener("abort", again);
      response
        .then((answer) => resolve(breakable(answer, signal)), reject)
        .finally(() => signal.removeEventListener("abort", again));
    });
  }
}

/** The vault's own streams break with it, so that their readers come back. What was fetched needs no vault any more. */
function breakable(response: Response, signal: AbortSignal): Response {
  if (response.type !== "default" || !response.body) return response;
  let breakOff = () => {};
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
    start(controller) {
      breakOff = () => controller.error(signal.reason);
    },
  });
  signal.addEventListener("abort", breakOff);
  const forget = () => signal.removeEventListener("abort", breakOff);
  response.body.pipeTo(writable).then(forget, forget);
  return new Response(readable, response);
}
