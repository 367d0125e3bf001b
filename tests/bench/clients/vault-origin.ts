import { connect } from "strongroom";
import { playVisit } from "./visit.js";

await playVisit({
  async open() {
    const { vault: origin } = SETTINGS;
    const vault = await connect({ worker: "/app-worker.js", ...(origin ? { vault: origin } : {}) });
    if (vault.session.status === "authenticated") return { signedIn: true };
    return { signedIn: false, signIn: () => vault.login({ returnTo: "/" }) };
  },
});
