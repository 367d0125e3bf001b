/**
 * React components and hooks, for React 18 and newer.
 *
 * @module strongroom/react
 */

export type { RequireSessionProps } from "./gates";
export { RequireSession, SignedIn, SignedOut } from "./gates";
export type { ConnectProps, OpenProps, VaultProviderProps } from "./vault";
export { useSession, useVault, VaultProvider } from "./vault";
