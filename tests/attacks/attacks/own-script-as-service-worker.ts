import { attack } from "../attack.js";

export default attack({
  name: "registers its own script file as a service worker",
  threat: "persistent theft",
  target: "strongroom",
  leavesWorkers: true,
  hook(it) {
    navigator.serviceWorker.addEventListener("message", ({ data }) => it.steal(data));
    navigator.serviceWorker.startMessages();
  },
  async payload(it) {
    for (const scope of ["/", "/auth/", "/assets/"]) {
      await navigator.serviceWorker
        .register(it.scriptUrl("/assets/worker-of-the-attacker.js"), { scope })
        .catch((error: unknown) => it.steal(String(error)));
    }
    await it.pause(300);
    const frame = document.createElement("iframe");
    frame.src = it.authorizationUrl();
    document.body.append(frame);
    await it.pause(2_500);
  },
  async play(stage) {
    await stage.playOwnWorker("/assets/worker-of-the-attacker.js");
  },
});
