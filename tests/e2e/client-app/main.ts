// A page with the client and nothing else. What a test wants of the vault it calls through `window`.
import { connect, type Vault, type VaultEvents } from "strongroom";

declare global {
  var connectVault: typeof connect;
  var vault: Vault;
  var vaultChanges: string[];
  var vaultEvents: { type: string; event: object }[];
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
