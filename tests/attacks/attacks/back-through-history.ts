import { attack } from "../attack.js";

export default attack({
  name: "goes back through the tab's history",
  threat: "single-execution theft",
  target: "any",
  needs: "go back in history and on again",
  hook(it) {
    const look = () => it.steal(location.href, document.referrer, history.state, performance.getEntries());
    look();
    addEventListener("pageshow", look);
    addEventListener("popstate", look);
  },
  async play(stage) {
    await stage.openSignedIn();
    for (let steps = 0; steps < 4; steps++) await stage.browser.driver.navigate().back();
    await stage.openSignedIn();
  },
});
