import { attack } from "../attack.js";

export default attack({
  name: "uses a redirect of the API to another path of its origin",
  threat: "single-execution theft",
  target: "strongroom",
  // Another path of the API's origin may belong to another tenant.
  async payload() {
    await fetch(`/api/v1/redirect?${new URLSearchParams({ to: "/another-tenant" })}`).catch(() => {});
  },
  async play(stage) {
    stage.site.routes.set("/another-tenant", (request, response) => {
      stage.lab.attacker.add(stage.attackerPath.slice(1), JSON.stringify(request.headers));
      response.end();
    });
    await stage.openSignedIn();
    await stage.inject();
  },
});
