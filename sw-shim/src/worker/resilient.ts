import type { Vault } from "./wasm";

/**
 * Replaces a crashed vault. Pending requests are passed to the new instance unless their body is being sent; a keeper restores
 * the session. After a trap, nothing in a wasm instance can be trusted.
 */
export class Resilient {
  vault: Vault;
  readonly #create: () => Vault;
  /** Callbacks to run if this vault crashes, one per open response. */
  #open = new Set<() => void>();

  constructor(vault: Vault, create: () => Vault) {
    this.vault = vault;
    this.#create = create;
  }

  fetch(event: FetchEvent): Promise<Response> | undefined {
    try {
      const response = this.#ask(event, false);
      return response && this.#orAgain(response, event);
    } catch (error) {
      if (!this.crashed(error)) throw error;
      return this.#ask(event, true);
    }
  }

  /** Handles an uncaught error. Returns whether it was a crash. */
  crashed(error: unknown): boolean {
    if (!(error instanceof WebAssembly.RuntimeError)) return false;
    const open = this.#open;
    this.vault = this.#create();
    this.#open = new Set();
    for (const afterCrash of open) afterCrash();
    return true;
  }

  #ask(event: FetchEvent, retried: boolean): Promise<Response> | undefined {
    const { url, method, mode, destination, redirect } = event.request;
    return this.vault.fetch(event, [url, method, mode, destination, redirect].join("\n"), retried);
  }

  #orAgain(response: Promise<Response>, event: FetchEvent): Promise<Response> {
    const open = this.#open;
    return new Promise((resolve, reject) => {
      const again = () => {
        try {
          resolve(this.#ask(event, true) ?? fetch(event.request));
        } catch (error) {
          // The request crashes the new vault too. Continue with the others.
          this.crashed(error);
          reject(error);
        }
      };
      open.add(again);
      response.then(
        (received) => {
          open.delete(again);
          resolve(breakable(received, open));
        },
        (error) => {
          open.delete(again);
          reject(error);
        },
      );
    });
  }
}

/** Breaks the vault's own streams when it crashes, so that readers reconnect; fetched responses are unaffected. */
function breakable(response: Response, open: Set<() => void>): Response {
  if (response.type !== "default" || !response.body) return response;
  let breakOff = () => {};
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
    start(controller) {
      breakOff = () => controller.error();
    },
  });
  open.add(breakOff);
  const forget = () => open.delete(breakOff);
  response.body.pipeTo(writable).then(forget, forget);
  return new Response(readable, response);
}
