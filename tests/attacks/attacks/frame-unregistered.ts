import { attack } from "../attack.js";
import { inAFrame } from "../in-a-frame.js";
import { withoutWorker } from "../without-worker.js";

export default attack({
  name: "unregisters the worker and runs a silent flow in a frame",
  threat: "acquisition of new tokens",
  target: "strongroom",
  hook: withoutWorker,
  payload: inAFrame,
  async play(stage) {
    await stage.unregisterWorkers();
    await stage.openUnconnected();
    await stage.inject();
  },
});
