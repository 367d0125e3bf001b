import { attack } from "../attack.js";
import { withoutWorker } from "../without-worker.js";
import silentFlowInAPopup from "./silent-flow-in-a-popup.js";

export default attack({
  name: "unregisters the worker and runs a silent flow in a popup",
  threat: "acquisition of new tokens",
  target: "strongroom",
  wantsCode: true,
  hook: withoutWorker,
  ...(silentFlowInAPopup.payload ? { payload: silentFlowInAPopup.payload } : {}),
  async play(stage) {
    await stage.unregisterWorkers();
    await stage.openUnconnected();
    await stage.injectOnClick();
    await stage.closeOtherTabs();
  },
});
