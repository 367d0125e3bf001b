import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { useVault } from "strongroom/react";
import { ApiError } from "./api";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // The vault has already renewed the token and repeated the request, so do not retry a 401.
      retry: (count, error) => !(error instanceof ApiError && error.status === 401) && count < 2,
    },
  },
});

/**
 * Provides the query client. Clears its cache when the session ends or another user signs in, in this tab or another. While a
 * session is `recovering`, the cache stays.
 */
export function Queries({ children }: { children: ReactNode }) {
  const vault = useVault();
  useEffect(() => {
    let whose = vault.session.user?.sub;
    // By subscription, so that the cache is empty before React renders again.
    return vault.subscribe(() => {
      const { status, user } = vault.session;
      if (status === "recovering" || user?.sub === whose) return;
      whose = user?.sub;
      client.clear();
    });
  }, [vault]);
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}
