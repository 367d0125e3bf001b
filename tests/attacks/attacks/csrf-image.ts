import { attack } from "../attack.js";

export default attack({
  name: "embeds an image and a frame of the API on the app's origin in another site",
  threat: "acting as the user from another site",
  target: "strongroom",
  async play(stage) {
    await stage.openSignedIn();
    const url = `${stage.site.origin}/api/v1/pixel.png`;
    stage.markRequests();
    await stage.browser.goto(
      stage.page(`<!doctype html><title>Kittens</title><img src="${url}"><iframe src="${stage.site.origin}/api/v1/me"></iframe>
        <iframe src="${stage.site.origin}/"></iframe>`),
    );
    await stage.waitForRequest("/api/v1/pixel.png");
  },
  gain: async (stage) => stage.requestAsTheUser(),
});
