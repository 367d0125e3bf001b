export type { RequireSessionProps } from "./gates";
export { RequireSession, SignedIn, SignedOut } from "./gates";
export type { VaultProviderProps } from "./vault";
export { useSession, useVault, VaultProvider } from "./vault";
