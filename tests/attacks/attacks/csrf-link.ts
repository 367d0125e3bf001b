import { attack } from "../attack.js";

export default attack({
  name: "links from another site to the API on the app's origin",
  threat: "acting as the user from another site",
  target: "strongroom",
  async play(stage) {
    await stage.openSignedIn();
    const url = `${stage.site.origin}/api/v1/me`;
    await stage.browser.goto(stage.page(`<!doctype html><title>Kittens</title><a href="${url}">Kittens</a>`));
    stage.markRequests();
    await stage.browser.evaluate(() => {
      setTimeout(() => document.querySelector("a")?.click(), 0);
    });
    await stage.waitForRequest("/api/v1/me");
  },
  gain: async (stage) => stage.requestAsTheUser(),
});
