// The app of the scenarios: a page with the client, which does nothing until a test calls one of these functions.
import { connect, type Vault, type VaultEvents } from "strongroom";

declare global {
  var connectVault: typeof connect;
  var vault: Vault;
  /** Each status since the page connected. */
  var vaultChanges: string[];
  var vaultEvents: { type: string; event: object }[];
  /** Registers the vault's worker without the client. It controls the next document. */
  var registerVault: () => Promise<void>;
  var registerScript: (path: string, scope: string) => Promise<ServiceWorkerRegistration>;
  /** The outcome of fetching `url` in a dedicated worker. */
  var fetchInDedicatedWorker: (url: string) => Promise<{ status: number; text: string }>;
}

globalThis.connectVault = async (options) => {
  const connected = await connect(options);
  globalThis.vault = connected as Vault;
  globalThis.vaultChanges = [];
  globalThis.vaultEvents = [];
  for (const type of ["signin", "renewed", "recovered", "signout", "error"] satisfies (keyof VaultEvents)[]) {
    connected.on(type, (event) => vaultEvents.push({ type, event }));
  }
  connected.subscribe(() => vaultChanges.push(connected.session.status));
  return connected as never;
};

globalThis.registerVault = async () => {
  await navigator.serviceWorker.register(scriptUrl("/vault-worker.js"));
  await navigator.serviceWorker.ready;
};

globalThis.registerScript = (path, scope) => navigator.serviceWorker.register(scriptUrl(path), { scope });

globalThis.fetchInDedicatedWorker = (url) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(scriptUrl("/dedicated-worker.js"));
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(url);
  });

interface ScriptPolicy {
  createScriptURL(url: string): string;
}
declare const trustedTypes: { createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy } | undefined;
let policy: ScriptPolicy | undefined;

/** The host allows one policy, the client's: a document that registers a script itself cannot connect. */
function scriptUrl(url: string): string {
  if (typeof trustedTypes === "undefined") return url;
  policy ??= trustedTypes.createPolicy("strongroom", { createScriptURL: (url) => url });
  return policy.createScriptURL(url);
}
