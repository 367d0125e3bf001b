// The page of an unattended browser: signs in, does what `way` in its URL says, and reports what it finds to the host.
import { connect, type Vault } from "strongroom";

const { way = "", seconds, api, door } = Object.fromEntries(new URLSearchParams(location.search));

if (sessionStorage.getItem("left")) {
  await arrive("loaded");
} else {
  const vault = await connect({ worker: "/vault-worker.js" });
  const { status, error } = vault.session;
  if (error) await report("error", { code: error.code });
  else if (status === "anonymous") vault.login();
  else if (way === "untouched") await stay(vault);
  else if (way === "late-update") await updateDuringStream();
  else await leave(vault);
}

async function stay(vault: Vault): Promise<void> {
  await report("before", {});
  setTimeout(async () => {
    const { status } = vault.session;
    await report("after", { known: status, api: await statusOfApi() });
  }, Number(seconds) * 1_000);
}

/** Reads a stream of the API, meanwhile lets the browser find a new version of the worker, and waits for that to take over. */
async function updateDuringStream(): Promise<void> {
  const registration = await navigator.serviceWorker.ready;
  const { body } = await fetch(`${api}events?count=${Number(seconds) * 2}`);
  await report("before", {});
  let isFound = false;
  registration.addEventListener("updatefound", () => {
    isFound = true;
  });
  // The host has another version once it has the report.
  while (!isFound) await registration.update();
  const ending = await body?.pipeTo(new WritableStream()).then(
    () => "to its end",
    (error) => `until ${error}`,
  );
  const { waiting } = registration;
  if (waiting) await new Promise((resolve) => waiting.addEventListener("statechange", resolve));
  await report("after", {
    ending: String(ending),
    waited: String(waiting !== null),
    api: await statusOfApi(),
  });
}

async function leave(vault: Vault): Promise<void> {
  await report("before", { api: await statusOfApi() });
  sessionStorage.setItem("left", "true");
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) void arrive("cached", vault);
  });
  const to = way === "closed" ? { to: location.href } : {};
  location.assign(`${door}away?${new URLSearchParams({ seconds: String(seconds), ...to })}`);
}

/** The first thing is a request to the API: it finds a worker as the browser has left it. */
async function arrive(document: "loaded" | "cached", connected?: Vault): Promise<void> {
  const request = statusOfApi();
  const vault = connected ?? (await connect({ worker: "/vault-worker.js" }));
  const statuses: string[] = [vault.session.status];
  vault.subscribe(() => statuses.push(vault.session.status));
  await report("after", { document, api: await request, statuses: statuses.join(", ") });
}

async function statusOfApi(): Promise<string> {
  return String((await fetch(`${api}me`)).status);
}

/** Reports the page's findings and the session to the host. */
async function report(moment: string, more: Record<string, string>): Promise<void> {
  const session = await (await fetch("/auth/session")).text();
  await fetch(`/report?${new URLSearchParams({ moment, session, ...more })}`);
}
