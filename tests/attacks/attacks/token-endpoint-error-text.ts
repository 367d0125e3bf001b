import { attack } from "../attack.js";

export default attack({
  name: "reads the error of a token endpoint whose error text has the refresh token",
  threat: "single-execution theft",
  target: "strongroom",
  async payload(it) {
    const answer = await fetch("/auth/refresh", { method: "POST" });
    it.steal([...answer.headers], await answer.text());
    it.steal(await (await fetch("/auth/session")).text());
  },
  async play(stage) {
    const { testing } = stage.lab.authorizationServer;
    await stage.openSignedIn();
    const refreshToken = testing.issued.refreshTokens.at(-1);
    const error = {
      error: "temporarily_unavailable",
      error_description: `cannot use ${refreshToken} now`,
      error_uri: refreshToken,
    };
    testing.tokenEndpoint.fail({ status: 400, body: JSON.stringify(error) }, Number.POSITIVE_INFINITY);
    try {
      await stage.inject();
    } finally {
      testing.tokenEndpoint.reset();
    }
  },
});
