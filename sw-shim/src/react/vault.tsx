import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { connect } from "../page/connect";
import { VaultError } from "../page/errors";
import type { Session, StandardClaims } from "../page/session";
import type { Vault } from "../page/vault";

const VaultContext = createContext<Vault<unknown> | null>(null);

/** Either where the worker script is, or a vault that is open already; and what to show until it is open. */
export type VaultProviderProps = (ConnectProps | OpenProps) & {
  /** Shown until the vault is connected; also what a server renders. */
  fallback?: ReactNode;
  /** Shown when it cannot be. Default: the error is thrown to the nearest error boundary. */
  errorFallback?: (error: VaultError) => ReactNode;
  children?: ReactNode;
};

/** For a provider that connects by itself. */
export interface ConnectProps {
  /** The URL of the script that calls `strongroom.start`. */
  worker: string;
  /** The registration's scope. Default: the worker script's folder. */
  scope?: string;
  vault?: never;
}

/** For a provider that is given a vault. */
export interface OpenProps {
  /** An open vault, in place of `worker`: what `connect()` came to, or a fake one in a test. It is not closed here. */
  vault: Vault<unknown>;
  worker?: never;
  scope?: never;
}

/**
 * Connects to the vault, unless it is given one, and gives it to everything inside.
 *
 * @param props
 */
export function VaultProvider({
  worker,
  scope,
  vault: given,
  fallback = null,
  errorFallback,
  children,
}: VaultProviderProps) {
  const [opened, setOpened] = useState<Vault<unknown> | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    if (!worker) return;
    const connecting = connect(scope === undefined ? { worker } : { worker, scope });
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
  }, [worker, scope]);
  if (error instanceof VaultError && errorFallback) return errorFallback(error);
  if (error) throw error;
  const vault = given ?? opened;
  return vault ? <VaultContext.Provider value={vault}>{children}</VaultContext.Provider> : fallback;
}

/**
 * The vault: `login`, `logout`, `session`, `subscribe`. Inside a `VaultProvider`.
 *
 * @typeParam Claims The ID-token claims in `session.user`: those in the worker's `sessionClaims`.
 * @throws VaultError `no_provider`, without a `VaultProvider` above.
 */
export function useVault<Claims = StandardClaims>(): Vault<Claims> {
  const vault = useContext(VaultContext);
  if (!vault) throw new VaultError("no_provider", "There is no <VaultProvider> above.");
  return vault as Vault<Claims>;
}

/**
 * The session; the component renders again at each change.
 *
 * @typeParam Claims The ID-token claims in `user`: those in the worker's `sessionClaims`.
 * @throws VaultError `no_provider`, without a `VaultProvider` above.
 */
export function useSession<Claims = StandardClaims>(): Session<Claims> {
  const vault = useVault<Claims>();
  const session = () => vault.session;
  return useSyncExternalStore(vault.subscribe, session, session);
}
