import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { useVault } from "strongroom/react";
import { ApiError } from "./api";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // The vault renewed the token and asked again before it let a 401 through: a third time changes nothing.
      retry: (count, error) => !(error instanceof ApiError && error.status === 401) && count < 2,
    },
  },
});

/**
 * Gives the query client to everything inside. What one user's queries brought is nobody else's: it goes when the session ends,
 * in this tab or in another one, or becomes somebody else's. While a session is `recovering` it stays.
 */
export function Queries({ children }: { children: ReactNode }) {
  const vault = useVault();
  useEffect(() => {
    let whose = vault.session.user?.sub;
    // Before anything is rendered anew.
    return vault.subscribe(() => {
      const { status, user } = vault.session;
      if (status === "recovering" || user?.sub === whose) return;
      whose = user?.sub;
      client.clear();
    });
  }, [vault]);
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}
