import { attack } from "../attack.js";
import { inAFrame } from "../in-a-frame.js";

export default attack({
  name: "runs a silent flow in a frame while the worker is stopped",
  threat: "acquisition of new tokens",
  target: "strongroom",
  needs: "stop a worker",
  payload: inAFrame,
  async play(stage) {
    await stage.openSignedIn();
    await stage.browser.stopWorkers();
    await stage.inject();
  },
});
