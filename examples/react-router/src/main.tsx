import { createRoot } from "react-dom/client";
import { createBrowserRouter, Outlet, RouterProvider } from "react-router";
import { RequireSession, VaultProvider } from "strongroom/react";
import { Home } from "./Home";
import { Notes } from "./Notes";
import { Queries } from "./Queries";

/** A layout route: all pages below it require a session. */
function SignedInPages() {
  return (
    <RequireSession fallback={<p>Loading…</p>}>
      <Outlet />
    </RequireSession>
  );
}

const router = createBrowserRouter([
  { path: "/", element: <Home /> },
  { element: <SignedInPages />, children: [{ path: "/notes/:tag", element: <Notes /> }] },
]);

createRoot(document.getElementById("root") as HTMLElement).render(
  <VaultProvider
    worker="/vault-worker.js"
    fallback={<p>Loading…</p>}
    errorFallback={(error) => <p id="error">{error.message}</p>}
  >
    <Queries>
      <RouterProvider router={router} />
    </Queries>
  </VaultProvider>,
);
