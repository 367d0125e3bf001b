import { attack } from "../attack.js";

export default attack({
  name: "reads the error of a token endpoint whose error code is the refresh token",
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
    const body = JSON.stringify({ error: testing.issued.refreshTokens.at(-1) });
    testing.tokenEndpoint.fail({ status: 400, body }, Number.POSITIVE_INFINITY);
    try {
      await stage.inject();
    } finally {
      testing.tokenEndpoint.reset();
    }
  },
});
