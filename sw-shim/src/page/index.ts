/**
 * The page client: connects a page to the vault in the service worker.
 *
 * @module strongroom
 */

export type { ApiConfig, CognitoConfig, ProviderConfig, VaultConfig } from "../worker/config";
export type { ConnectOptions } from "./connect";
export { connect } from "./connect";
export type { VaultErrorCode } from "./errors";
export { VaultError } from "./errors";
export type { Session, SessionStatus, StandardClaims } from "./session";
export type { LoginOptions, Vault, VaultEvents } from "./vault";
