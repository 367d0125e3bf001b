import { useCallback } from "react";
import { useVault } from "strongroom/react";
import { useSessionLog } from "./SessionLogProvider";

/** Signs out, here and in every open tab. */
export function useSignOut(): () => Promise<void> {
  const vault = useVault();
  const { signingOut } = useSessionLog();
  return useCallback(async () => {
    signingOut.current = true;
    try {
      await vault.logout();
    } catch (error) {
      signingOut.current = false;
      throw error;
    }
  }, [vault, signingOut]);
}
