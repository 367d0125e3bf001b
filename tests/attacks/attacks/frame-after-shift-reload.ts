import { attack } from "../attack.js";
import { inAFrame } from "../in-a-frame.js";

export default attack({
  name: "runs a silent flow in a frame after a shift-reload",
  threat: "acquisition of new tokens",
  target: "strongroom",
  needs: "reload past a worker",
  payload: inAFrame,
  async play(stage) {
    await stage.openSignedIn();
    await stage.browser.markDocument();
    await stage.browser.hardReload();
    await stage.browser.waitForNewDocument();
    await stage.inject();
  },
});
