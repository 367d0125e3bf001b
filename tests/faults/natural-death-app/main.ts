// A page that signs in, says so to its host, leaves, and says what it finds when it is there again.
import { connect, type Vault } from "strongroom";
import { report } from "../report.js";

const { way, seconds = "90", api, door } = Object.fromEntries(new URLSearchParams(location.search));

if (sessionStorage.getItem("left")) await arrive("loaded");
else await leave();

async function leave(): Promise<void> {
  const vault = await connect({ worker: "/vault-worker.js" });
  if (vault.session.status === "anonymous") {
    if (vault.session.error) await report("error", { code: vault.session.error.code });
    else vault.login();
    return;
  }
  await report("before", { api: String((await fetch(`${api}me`)).status) });
  sessionStorage.setItem("left", "true");
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) void arrive("cached", vault);
  });
  const to = way === "closed" ? { to: location.href } : {};
  location.assign(`${door}away?${new URLSearchParams({ seconds, ...to })}`);
}

/** The first thing is a request to the API: it finds a worker as the browser has left it. */
async function arrive(document: "loaded" | "cached", connected?: Vault): Promise<void> {
  const request = fetch(`${api}me`);
  const vault = connected ?? (await connect({ worker: "/vault-worker.js" }));
  const statuses: string[] = [vault.session.status];
  vault.subscribe(() => statuses.push(vault.session.status));
  await report("after", {
    document,
    api: String((await request).status),
    statuses: statuses.join(", "),
  });
}
