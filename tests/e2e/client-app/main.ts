// A page with the client and nothing else. What a test wants of the vault it calls through `window`.
import { connect, type Vault } from "strongroom";

declare global {
  var connectVault: typeof connect;
  var vault: Vault;
  var vaultChanges: string[];
}

globalThis.connectVault = async (options) => {
  const connected = await connect(options);
  globalThis.vault = connected as Vault;
  globalThis.vaultChanges = [];
  connected.subscribe(() => vaultChanges.push(connected.session.status));
  return connected as never;
};
