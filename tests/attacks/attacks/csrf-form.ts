import { attack } from "../attack.js";

export default attack({
  name: "submits a form of another site to the API on the app's origin",
  threat: "acting as the user from another site",
  target: "strongroom",
  async play(stage) {
    await stage.openSignedIn();
    const action = `${stage.site.origin}/api/v1/notes`;
    await stage.browser.goto(
      stage.page(`<!doctype html><title>Kittens</title>
        <form method="post" enctype="text/plain" action="${action}">
          <input name='{"text":"planted","x":"' value='"}'>
        </form>`),
    );
    stage.markRequests();
    await stage.browser.evaluate(() => {
      setTimeout(() => document.querySelector("form")?.submit(), 0);
    });
    await stage.waitForRequest("/api/v1/notes");
  },
  gain: async (stage) => stage.requestAsTheUser(),
});
