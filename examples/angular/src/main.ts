import { inject, provideAppInitializer } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { App } from "./app/app";
import { VaultService } from "./app/vault.service";

bootstrapApplication(App, {
  providers: [provideAppInitializer(() => inject(VaultService).open())],
}).catch((error: Error) => {
  document.querySelector("#error")?.append(error.message);
});
