import { attack } from "../attack.js";
import { inAFrame } from "../in-a-frame.js";

export default attack({
  name: "uses Clear-Site-Data of the API, then runs a silent flow",
  threat: "acquisition of new tokens",
  target: "strongroom",
  payload: inAFrame,
  async play(stage) {
    stage.site.routes.set("/api/v1/hostile-clear", (_request, response) => {
      response.writeHead(200, { "clear-site-data": '"cache", "storage", "executionContexts"' }).end();
    });
    await stage.openSignedIn();
    await stage.browser.evaluate(() =>
      fetch("/api/v1/hostile-clear").then(
        () => {},
        () => {},
      ),
    );
    await stage.open();
    await stage.inject();
  },
});
