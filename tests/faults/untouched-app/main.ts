// A page that signs in, says so to its host, does nothing for the minutes in its URL, and says what is left of the
// session.
import { connect } from "strongroom";
import { report } from "../report.js";

const { minutes, api } = Object.fromEntries(new URLSearchParams(location.search));
const vault = await connect({ worker: "/vault-worker.js" });
if (vault.session.status === "authenticated") {
  await report("before", {});
  setTimeout(async () => {
    const { status } = vault.session;
    const response = await fetch(`${api}me`);
    await report("after", { known: status, api: String(response.status) });
  }, Number(minutes) * 60_000);
} else if (vault.session.error) {
  await report("error", { code: vault.session.error.code });
} else {
  vault.login();
}
