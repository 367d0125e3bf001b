/**
 * The binding for React 18 and later.
 *
 * @module strongroom/react
 */

export type { RequireSessionProps } from "./gates";
export { RequireSession, SignedIn, SignedOut } from "./gates";
export type { ConnectProps, OpenProps, VaultProviderProps } from "./vault";
export { useSession, useVault, VaultProvider } from "./vault";
