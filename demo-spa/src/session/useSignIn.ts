import { useCallback } from "react";
import { useVault } from "strongroom/react";

/** Starts a sign-in that comes back to where the user is now. */
export function useSignIn(): () => void {
  const vault = useVault();
  return useCallback(() => vault.login({ returnTo: location.pathname + location.search }), [vault]);
}
