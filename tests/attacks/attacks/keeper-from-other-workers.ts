import { AS_A_KEEPER } from "../as-a-keeper.js";
import { attack } from "../attack.js";

export default attack({
  name: "speaks the keeper's protocol from its own workers",
  threat: "single-execution theft",
  target: "strongroom",
  async payload(it) {
    new BroadcastChannel("as-a-keeper").onmessage = ({ data }) => it.steal(data);
    const code = (window as { asAKeeper?: string }).asAKeeper ?? "";
    const blob = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const urls = [
      blob,
      `${blob}#/vault-worker.js`,
      `data:text/javascript,${encodeURIComponent(code)}`,
      "/assets/keeper.js",
    ];
    for (const url of urls) {
      for (const kind of ["Worker", "SharedWorker"] as const) {
        try {
          new window[kind](it.scriptUrl(url), { name: "/vault-worker.js" });
        } catch {
          // The page's policy refuses the worker.
        }
      }
    }
    await it.pause(1_800);
  },
  async play(stage) {
    const { appUrl } = stage.facts;
    const script = `(${AS_A_KEEPER})(${JSON.stringify(appUrl)}, (text) => new BroadcastChannel("as-a-keeper").postMessage(text));`;
    // The same script as a file on the app's origin, and as text in the page.
    stage.serve("/assets/keeper.js", script, "text/javascript");
    await stage.openSignedIn();
    await stage.browser.evaluate((script) => {
      (window as { asAKeeper?: string }).asAKeeper = script;
    }, script);
    await stage.inject();
  },
});
