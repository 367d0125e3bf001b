import { attack } from "../attack.js";

export default attack({
  name: "fetches the API on the app's origin from another site",
  threat: "acting as the user from another site",
  target: "strongroom",
  async play(stage) {
    await stage.openSignedIn();
    await stage.browser.goto(stage.page("<!doctype html><title>Kittens</title>"));
    stage.markRequests();
    await stage.browser.evaluate(async (url) => {
      for (const init of [
        { mode: "no-cors", credentials: "include" },
        { credentials: "include" },
        { method: "POST", mode: "no-cors", credentials: "include", body: '{"text":"planted"}' },
      ] as RequestInit[]) {
        await fetch(url, init).catch(() => {});
      }
    }, `${stage.site.origin}/api/v1/notes`);
    await stage.waitForRequest("/api/v1/notes");
  },
  gain: async (stage) => stage.requestAsTheUser(),
});
