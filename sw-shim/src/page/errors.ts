/**
 * Every way in which the page client can fail; stable. Each has a paragraph with cause and remedy in docs/errors.md, which
 * the error's message links to.
 */
export type VaultErrorCode =
  /** The browser has no service workers here: an insecure origin, a setting, a private window of Firefox before 139. */
  | "service_worker_unavailable"
  /** `connect()` was called before, with another worker script or scope: a page has one vault. */
  | "already_connected"
  /** The page's Content-Security-Policy does not allow the Trusted Types policy `strongroom`, or it exists already. */
  | "trusted_types_refused"
  /** The worker script is not where `connect` was told. */
  | "worker_not_found"
  /** Something else is served at the worker script's URL, usually the app's own page. */
  | "worker_not_javascript"
  /** `strongroom.start` threw: the message names the key and the remedy. */
  | "invalid_configuration"
  /** The worker script could not be started or does not answer. */
  | "worker_failed"
  /** The worker's scope does not cover this page, or another worker with a longer scope does. */
  | "out_of_scope"
  /** Page and worker are of different versions, and an update of the worker did not help. */
  | "version_mismatch"
  /** The worker did not answer one of its own endpoints. */
  | "worker_lost"
  /** The worker was unregistered, or another one was registered in its place: the next navigation would not reach it. */
  | "worker_unregistered"
  /** `useVault` or `useSession` without a `VaultProvider` above. */
  | "no_provider";

/** Where each code has its paragraph. The remedies are there, since every page that signs in would carry them. */
const DOCUMENTATION = "https://github.com/strongroom/strongroom/blob/main/docs/errors.md#";

/** What `connect` rejects with, and the vault's methods throw or reject with: no other error is the vault's. */
export class VaultError extends Error {
  override readonly name = "VaultError";

  constructor(
    /** Stable, for programs. */
    readonly code: VaultErrorCode,
    /** For people: what happened. The link to what to do follows it. */
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${message} ${DOCUMENTATION}${code}`, options);
  }
}
