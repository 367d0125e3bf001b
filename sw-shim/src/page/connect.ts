import { VaultError } from "./errors";
import type { Greeting } from "./greeting";
import { keepCopy } from "./keeper";
import { container, openWorker } from "./open";
import { isRegistered } from "./registrations";
import type { StandardClaims } from "./session";
import { openVault, type Vault } from "./vault";
import { trustedScriptUrl } from "./worker-script";

/**
 * Options of {@link connect}.
 *
 * @example
 * ```ts
 * import type { ConnectOptions } from "strongroom";
 *
 * const options: ConnectOptions = { worker: "/app/vault-worker.js", scope: "/app/" };
 * ```
 */
export interface ConnectOptions {
  /** The URL of the worker script, which calls `strongroom.start` or `strongroom.intercept`. It must be on the app's origin. */
  worker: string | URL;
  /** The scope of the registration. It must cover the page. Default: the worker script's folder. */
  scope?: string | undefined;
  /**
   * The vault's origin, if it is not the app's own, for example `"https://vault.example.com"`. Default: the one in the worker script. If
   * you pass it, the page loads the vault's frame while the worker starts, instead of afterwards.
   */
  vault?: string | URL | undefined;
}

/** What this page connects to. It never changes, so script that calls `connect()` later gains nothing. */
let target: string | undefined;
let open: () => Promise<Greeting>;
let opening: Promise<Greeting> | undefined;

/**
 * Registers the worker, waits until it controls this page, and keeps `session` up to date. A page has one vault. A second call with the
 * same options returns another client of it.
 *
 * @typeParam Claims The type of `session.user`: the ID-token claims in the worker's `sessionClaims`.
 * @param options The worker script, its scope, and the vault's origin.
 * @returns The open vault.
 * @throws {@link VaultError} if the vault cannot be opened. There is no fallback to a less safe place for tokens.
 *
 * @example
 * ```ts
 * import { connect } from "strongroom";
 *
 * const vault = await connect({ worker: "/vault-worker.js" });
 * if (vault.session.signIn === "start") vault.login();
 * const response = await fetch("https://api.example.com/v1/notes"); // the worker adds the token
 * ```
 */
export async function connect<Claims = StandardClaims>({
  worker,
  scope,
  vault,
}: ConnectOptions): Promise<Vault<Claims>> {
  if (!container) throw new VaultError("service_worker_unavailable", "No service workers here.");
  const { href } = new URL(worker, document.baseURI);
  const wanted = JSON.stringify({ worker: href, scope, vault });
  if (!target) {
    const script = trustedScriptUrl(href);
    target = wanted;
    open = async () => {
      const greeted = openWorker(href, scope, script);
      const origin = vault || (await greeted).vault;
      if (origin) return (await import("./frame")).embed(VaultError, href, origin, greeted);
      keepCopy(script);
      return greeted;
    };
  }
  if (target !== wanted) throw new VaultError("already_connected", `The page has ${target}.`);
  // Once per page, and once more after each failure.
  opening ??= open().catch((error) => {
    opening = undefined;
    throw error;
  });
  const greeting = await opening;
  return openVault<Claims>(greeting, () => isRegistered(container, href, greeting));
}
