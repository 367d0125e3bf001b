import { connect } from "strongroom";

const element = (id) => document.getElementById(id);

/** Shows the elements for this status. */
function show(status) {
  element("status").textContent = status;
  element("sign-in").hidden = status !== "anonymous";
  element("ask").hidden = status !== "authenticated";
  element("sign-out").hidden = status !== "authenticated";
}

async function open() {
  const vault = await connect({ worker: "/vault-worker.js" });
  show(vault.session.status);
  vault.subscribe(() => show(vault.session.status));

  element("sign-in").addEventListener("click", () => vault.login());
  element("sign-out").addEventListener("click", () => vault.logout());
  // Plain fetch: the worker adds the token on the way.
  element("ask").addEventListener("click", async () => {
    const response = await fetch("https://api.example.com/v1/notes");
    element("answer").textContent = `${response.status} ${await response.text()}`;
  });
}

open().catch((error) => {
  element("error").textContent = error.message;
});
