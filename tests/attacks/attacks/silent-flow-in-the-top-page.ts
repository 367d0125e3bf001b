import { attack } from "../attack.js";

export default attack({
  name: "runs a silent flow in the top page",
  threat: "acquisition of new tokens",
  target: "any",
  wantsCode: true,
  payload(it) {
    location.assign(it.authorizationUrl());
  },
  async play(stage) {
    await stage.openSignedIn();
    await stage.injectAndLeave();
  },
});
