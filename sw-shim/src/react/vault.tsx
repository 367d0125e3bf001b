import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { connect } from "../page/connect";
import { VaultError } from "../page/errors";
import type { Session, StandardClaims } from "../page/session";
import type { Vault } from "../page/vault";

const VaultContext = createContext<Vault<unknown> | null>(null);

/**
 * Props of {@link VaultProvider}: the worker script or an open vault, and what to render until the vault is open.
 *
 * @example
 * ```tsx
 * import { VaultProvider, type VaultProviderProps } from "strongroom/react";
 *
 * const props: VaultProviderProps = { worker: "/vault-worker.js", fallback: <p>One moment…</p> };
 * export const Root = () => <VaultProvider {...props}><App /></VaultProvider>;
 * ```
 */
export type VaultProviderProps = (ConnectProps | OpenProps) & {
  /** Rendered until the vault is open, and on a server. Default: nothing. */
  fallback?: ReactNode;
  /** Rendered if the vault cannot be opened. Default: the error is thrown to the nearest error boundary. */
  errorFallback?: (error: VaultError) => ReactNode;
  children?: ReactNode;
};

/**
 * Props of a provider that connects to the vault.
 *
 * @example
 * ```tsx
 * import { VaultProvider } from "strongroom/react";
 *
 * export const Root = () => <VaultProvider worker="/app/vault-worker.js" scope="/app/"><App /></VaultProvider>;
 * ```
 */
export interface ConnectProps {
  /** The URL of the worker script, which calls `strongroom.start` or `strongroom.intercept`. */
  worker: string;
  /** The scope of the registration. Default: the worker script's folder. */
  scope?: string | undefined;
  /** The vault's origin, if it is not the app's own, for example `"https://vault.example.com"`. Default: the one in the worker script. */
  vault?: string | undefined;
}

/**
 * Props of a provider for a vault that is already open.
 *
 * @example
 * ```tsx
 * import { connect } from "strongroom";
 * import { VaultProvider } from "strongroom/react";
 *
 * const vault = await connect({ worker: "/vault-worker.js" });
 * export const Root = () => <VaultProvider vault={vault}><App /></VaultProvider>;
 * ```
 */
export interface OpenProps {
  /** An open vault: the result of `connect()`, or a fake vault in a test. The provider does not close it. */
  vault: Vault<unknown>;
  worker?: never;
  scope?: never;
}

/**
 * Connects to the vault, unless it gets an open one, and provides it to the components inside.
 *
 * @param props The worker script or an open vault, and fallbacks.
 *
 * @example
 * ```tsx
 * import { createRoot } from "react-dom/client";
 * import { VaultProvider } from "strongroom/react";
 *
 * createRoot(document.body).render(
 *   <VaultProvider
 *     worker="/vault-worker.js"
 *     fallback={<p>One moment…</p>}
 *     errorFallback={(error) => <p role="alert">{error.message}</p>}
 *   >
 *     <App />
 *   </VaultProvider>,
 * );
 * ```
 */
export function VaultProvider({
  worker,
  scope,
  vault,
  fallback = null,
  errorFallback,
  children,
}: VaultProviderProps) {
  const [opened, setOpened] = useState<Vault<unknown> | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    if (!worker) return;
    const connecting = connect({ worker, scope, vault });
    let mounted = true;
    connecting.then(
      (vault) => mounted && setOpened(vault),
      (error) => mounted && setError(error),
    );
    return () => {
      mounted = false;
      connecting.then(
        (vault) => vault.close(),
        () => {},
      );
    };
  }, [worker, scope, vault]);
  if (error instanceof VaultError && errorFallback) return errorFallback(error);
  if (error) throw error;
  const open = worker === undefined ? vault : opened;
  return open ? <VaultContext.Provider value={open}>{children}</VaultContext.Provider> : fallback;
}

/**
 * Returns the vault, for `login()`, `logout()` and `refresh()`.
 *
 * @typeParam Claims The type of `session.user`: the ID-token claims in the worker's `sessionClaims`.
 * @throws VaultError `no_provider` outside a `VaultProvider`.
 *
 * @example
 * ```tsx
 * import { useVault } from "strongroom/react";
 *
 * export function SignOut() {
 *   const vault = useVault();
 *   return <button type="button" onClick={() => vault.logout()}>Sign out</button>;
 * }
 * ```
 */
export function useVault<Claims = StandardClaims>(): Vault<Claims> {
  const vault = useContext(VaultContext);
  if (!vault) throw new VaultError("no_provider", "There is no <VaultProvider> around this component.");
  return vault as Vault<Claims>;
}

/**
 * Returns the session. The component renders again after each change.
 *
 * @typeParam Claims The type of `user`: the ID-token claims in the worker's `sessionClaims`.
 * @throws VaultError `no_provider` outside a `VaultProvider`.
 *
 * @example
 * ```tsx
 * import { useSession } from "strongroom/react";
 *
 * export function UserName() {
 *   const { status, user } = useSession();
 *   return status === "authenticated" ? <span>{user?.email}</span> : null;
 * }
 * ```
 */
export function useSession<Claims = StandardClaims>(): Session<Claims> {
  const vault = useVault<Claims>();
  const session = () => vault.session;
  return useSyncExternalStore(vault.subscribe, session, session);
}
