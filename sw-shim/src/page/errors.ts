/**
 * The stable codes of a {@link VaultError}. The error's message links to the documentation, which has each one's cause and remedy.
 *
 * @example
 * ```ts
 * import type { VaultErrorCode } from "strongroom";
 *
 * const TEXTS: Partial<Record<VaultErrorCode, string>> = {
 *   service_worker_unavailable: "Please open this in an ordinary window.",
 *   version_mismatch: "Please reload this page.",
 * };
 * ```
 */
export type VaultErrorCode =
  /** The browser has no service workers on this page: plain http, a setting, or a private window of Firefox before 139. */
  | "service_worker_unavailable"
  /** `connect()` was called before with another worker script, scope or vault. A page has one vault. */
  | "already_connected"
  /** The page's Content-Security-Policy does not allow the Trusted Types policy `strongroom`, or the policy exists already. */
  | "trusted_types_refused"
  /** The worker script could not be fetched from the URL in `connect({ worker })`. */
  | "worker_not_found"
  /** The host serves something else at the worker script's URL, usually the app's page. */
  | "worker_not_javascript"
  /** `strongroom.start`, `strongroom.intercept` or `connect()` refused a setting. The message names it and the fix. */
  | "invalid_configuration"
  /** The worker script threw an error, could not be installed, or does not respond. */
  | "worker_failed"
  /** The worker's scope does not cover this page, or another worker with a longer scope does. */
  | "out_of_scope"
  /** Page and worker have different versions, and an update of the worker did not help. */
  | "version_mismatch"
  /** The frame of the vault's own origin could not be loaded, or the vault could not start in it. */
  | "vault_unreachable"
  /** Something other than the worker responded at one of its endpoints, or the request failed. */
  | "worker_lost"
  /** The worker was unregistered or replaced. The next navigation would not reach it. */
  | "worker_unregistered"
  /** A hook or component of `strongroom/react` was used outside a `VaultProvider`. */
  | "no_provider";

/**
 * The only error class of the page client. `connect()` and the vault's methods reject with it, and the React hooks throw it.
 *
 * @example
 * ```ts
 * import { connect, VaultError } from "strongroom";
 *
 * try {
 *   const vault = await connect({ worker: "/vault-worker.js" });
 * } catch (error) {
 *   if (!(error instanceof VaultError) || error.code !== "service_worker_unavailable") throw error;
 *   document.body.textContent = "Please open this in an ordinary window.";
 * }
 * ```
 */
export class VaultError extends Error {
  override readonly name = "VaultError";

  constructor(
    /** The stable code. */
    readonly code: VaultErrorCode,
    /** What happened. A link to the documentation is appended. */
    message: string,
    options?: ErrorOptions,
  ) {
    // The remedies are in the documentation, to keep the page client small.
    super(`${message} https://github.com/strongroom/strongroom/blob/main/docs/errors.md#${code}`, options);
  }
}
