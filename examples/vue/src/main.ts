import { createApp } from "vue";
import App from "./App.vue";
import { provideVault } from "./vault";

const app = createApp(App);
provideVault(app).then(
  () => app.mount("#app"),
  (error: Error) => {
    document.querySelector("#error")?.append(error.message);
  },
);
