import { Component, inject, signal } from "@angular/core";
import { VaultService } from "./vault.service";

@Component({
  selector: "app-root",
  template: `
    @let session = vault.session();
    <main>
      <p>You are <output id="status">{{ session?.status }}</output>. {{ session?.user?.email }}</p>
      @if (session?.status === "anonymous") {
        <button id="sign-in" type="button" (click)="vault.login()">Sign in</button>
      } @else if (session?.status === "authenticated") {
        <button id="ask" type="button" (click)="ask()">Call the API</button>
        <button id="sign-out" type="button" (click)="vault.logout()">Sign out</button>
        <pre id="answer">{{ answer() }}</pre>
      }
    </main>
  `,
})
export class App {
  readonly vault = inject(VaultService);
  readonly answer = signal("");

  // Plain fetch: the worker adds the token on the way.
  async ask() {
    const response = await fetch("https://api.example.com/v1/notes");
    this.answer.set(`${response.status} ${await response.text()}`);
  }
}
