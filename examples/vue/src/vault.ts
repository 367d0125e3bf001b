import { connect, type Session, type Vault } from "strongroom";
import { type App, type InjectionKey, inject, onScopeDispose, type ShallowRef, shallowRef } from "vue";

const key: InjectionKey<Vault> = Symbol("vault");

/** Connects to the service worker. Mount the app when this resolves. */
export async function provideVault(app: App): Promise<void> {
  app.provide(key, await connect({ worker: "/vault-worker.js" }));
}

/** The vault, and its session as a ref. */
export function useVault(): { vault: Vault; session: Readonly<ShallowRef<Session>> } {
  const vault = inject(key);
  if (!vault) throw new Error("Call provideVault(app) before app.mount().");
  const session = shallowRef(vault.session);
  onScopeDispose(
    vault.subscribe(() => {
      session.value = vault.session;
    }),
  );
  return { vault, session };
}
