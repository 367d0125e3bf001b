import type { Vault } from "./wasm";

/**
 * A vault that survives its own crashes. After a trap nothing in a wasm instance can be trusted: it is dropped whole,
 * another one takes its place, and the keeper gives that one the session back. What the first one had not answered
 * yet is asked of the second one, unless its body is already on its way.
 */
export class Resilient {
  vault: Vault;
  readonly #create: () => Vault;
  /** What is to be done if this vault crashes, for each response that it still has to do with. */
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

  /** Takes an error that nobody caught. Says whether it was a crash. */
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
          // It crashes the second one, too: all others are still to be asked again.
          this.crashed(error);
          reject(error);
        }
      };
      open.add(again);
      response.then(
        (answer) => {
          open.delete(again);
          resolve(breakable(answer, open));
        },
        (error) => {
          open.delete(again);
          reject(error);
        },
      );
    });
  }
}

/** The vault's own streams break with it, so that their readers come back. What was fetched needs no vault any more. */
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
