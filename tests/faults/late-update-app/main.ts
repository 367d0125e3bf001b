// A page that signs in, reads a stream of the API for the seconds in its URL, lets the browser look for a new version of
// the worker meanwhile, and says what its requests get once that one has taken over.
import { connect } from "strongroom";
import { report } from "../report.js";

const { seconds, api } = Object.fromEntries(new URLSearchParams(location.search));
const vault = await connect({ worker: "/vault-worker.js" });
if (vault.session.status === "authenticated") {
  const registration = await navigator.serviceWorker.ready;
  const { body } = await fetch(`${api}events?count=${Number(seconds) * 2}`);
  await report("reading", {});
  let isFound = false;
  registration.addEventListener("updatefound", () => {
    isFound = true;
  });
  // The host has to hear of the report before it has another version.
  while (!isFound) await registration.update();
  const ending = await body?.pipeTo(new WritableStream()).then(
    () => "to its end",
    (error) => `until ${error}`,
  );
  const { waiting } = registration;
  if (waiting) await new Promise((resolve) => waiting.addEventListener("statechange", resolve));
  const { status } = await fetch(`${api}me`);
  await report("after", { ending: String(ending), waited: String(waiting !== null), api: String(status) });
} else if (vault.session.error) {
  await report("error", { code: vault.session.error.code });
} else {
  vault.login();
}
