import { attack } from "../attack.js";
import { inAFrame } from "../in-a-frame.js";
import { withoutWorker } from "../without-worker.js";

export default attack({
  name: "runs a silent flow in a frame before the worker's first activation",
  threat: "acquisition of new tokens",
  target: "strongroom",
  hook: withoutWorker,
  payload: inAFrame,
  async play(stage) {
    // The browser has no worker of the app yet, and the authorization server knows the user.
    await stage.forgetEverything();
    await stage.openUnconnected();
    await stage.inject();
  },
});
