import { connect } from "strongroom";
import { startApp } from "./app.js";

await startApp(async () => {
  const vault = await connect({ worker: "/vault-worker.js" });
  vault.subscribe(() => {
    document.body.dataset.state = vault.session.status === "authenticated" ? "signed-in" : "signed-out";
  });
  return {
    signedIn: vault.session.status === "authenticated",
    signIn: () => vault.login(),
    signOut: () => vault.logout(),
    fetch: (url) => fetch(url),
  };
});
