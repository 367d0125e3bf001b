import { connect } from "strongroom";
import { playVisit } from "./visit.js";

await playVisit({
  async open() {
    const vault = await connect({ worker: "/vault-worker.js" });
    if (vault.session.status === "authenticated") return { signedIn: true };
    return { signedIn: false, signIn: () => vault.login({ returnTo: "/" }) };
  },
});
