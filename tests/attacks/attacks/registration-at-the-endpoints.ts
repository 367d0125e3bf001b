import { attack } from "../attack.js";

export default attack({
  name: "registers a service worker at or below the vault's endpoints",
  threat: "disabling the sign-in",
  target: "strongroom",
  leavesWorkers: true,
  async payload(it) {
    const { place = "" } = window as { place?: string };
    const [script = "", scope = ""] = place.split(" ");
    const registration = await navigator.serviceWorker
      .register(it.scriptUrl(script), { scope })
      .catch(() => undefined);
    for (let tries = 0; tries < 40 && registration && !registration.active; tries++) await it.pause(50);
  },
  async play(stage) {
    const { browser, site } = stage;
    const user = await browser.currentTab();
    for (const script of ["/strongroom-worker.js", "/vault-worker.js"]) {
      for (const scope of ["/auth", "/auth/", "/auth/login", "/auth/callback"]) {
        await stage.openSignedIn();
        await stage.signOut();
        const hostile = await browser.newTab(`${site.origin}/`);
        await stage.waitForState("signed-out");
        await browser.evaluate((place) => void Object.assign(window, { place }), `${script} ${scope}`);
        await stage.inject();
        await stage.closeThisTab(user);
        // All pages with the attacker's script are closed.
        await browser.leavePage();
        if (!(await stage.canSignIn())) stage.disabled.push(`${script} at ${scope}`);
        else continue;
        await stage.forgetEverything();
        void hostile;
      }
    }
  },
  gain: async ({ disabled }) =>
    disabled.length > 0 ? `nobody can sign in any more: ${disabled.join("; ")}` : undefined,
});
