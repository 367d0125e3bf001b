import { Injectable, signal } from "@angular/core";
import { connect, type LoginOptions, type Session, type Vault } from "strongroom";

@Injectable({ providedIn: "root" })
export class VaultService {
  private vault?: Vault;
  private readonly current = signal<Session | null>(null);

  /** The session. `null` until `open()` has resolved. */
  readonly session = this.current.asReadonly();

  /** Connects to the service worker. Call it once, before the app starts. */
  async open(): Promise<void> {
    const vault = await connect({ worker: "/vault-worker.js" });
    this.current.set(vault.session);
    vault.subscribe(() => this.current.set(vault.session));
    this.vault = vault;
  }

  login(options?: LoginOptions): void {
    this.vault?.login(options);
  }

  async logout(): Promise<void> {
    await this.vault?.logout();
  }
}
