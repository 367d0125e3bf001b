import { connect } from "strongroom";
import { startApp } from "./app.js";

// A bundler puts the client into a file of its own, which any script can import.
export { connect };

await startApp(async ({ vault: origin }) => {
  const vault = await connect(
    origin ? { worker: "/app-worker.js", vault: origin } : { worker: "/vault-worker.js" },
  );
  vault.subscribe(() => {
    const { status } = vault.session;
    // A session that is being recovered is neither.
    if (status === "recovering") delete document.body.dataset.state;
    else document.body.dataset.state = status === "authenticated" ? "signed-in" : "signed-out";
  });
  if (vault.session.status === "recovering") {
    await new Promise<void>((resolve) => {
      const stop = vault.subscribe(() => {
        if (vault.session.status === "recovering") return;
        stop();
        resolve();
      });
    });
  }
  return {
    signedIn: vault.session.status === "authenticated",
    signIn: () => vault.login(),
    signOut: () => vault.logout(),
    fetch: (url) => fetch(url),
  };
});
