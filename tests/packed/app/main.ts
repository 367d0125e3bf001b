// The app of a user of the package: pages below `members` are for signed-in users, on the others a test connects itself.
import { createElement as element } from "react";
import { createRoot } from "react-dom/client";
import { connect, type Vault } from "strongroom";
import { RequireSession, useSession, VaultProvider } from "strongroom/react";

declare global {
  var connectVault: typeof connect;
  var vault: Vault;
}

/** The folder of the app on its host. */
const base = new URL(".", import.meta.url).pathname;
const worker = `${base}vault-worker.js`;

globalThis.connectVault = async (options) => {
  globalThis.vault ??= await connect(options);
  return vault as never;
};

function Member() {
  return element("p", { id: "member" }, useSession().user?.email as string);
}

if (location.pathname.startsWith(`${base}members`)) {
  createRoot(document.getElementById("root") as HTMLElement).render(
    element(
      VaultProvider,
      { worker, errorFallback: ({ message }: Error) => element("p", { role: "alert" }, message) },
      element(RequireSession, { fallback: element("p", null, "One moment…") }, element(Member)),
    ),
  );
}
