import { attack } from "../attack.js";

export default attack({
  name: "opens the callback with forged authorization responses",
  threat: "manipulating the sign-in",
  target: "strongroom",
  async play(stage) {
    await stage.openSignedIn();
    const { origin } = stage.site;
    const { attackerUrl } = stage.facts;
    const code = new URL(await stage.codeOfTheAttacker()).searchParams.get("code") ?? "";
    for (const query of [
      `?code=${code}&state=x`,
      `?code=${code}`,
      `?state=x`,
      `?code=${code}&state=x&iss=${encodeURIComponent(attackerUrl)}`,
      `?code=${code}&state=x&state=y`,
      `?code=${code}&code=${code}&state=x`,
      `?__proto__=x&constructor=y&code=${code}&state=__proto__`,
      `?code=${code}&state=${"x".repeat(4_000)}`,
      `?code=${code}&state=%00%ff`,
      `?error=access_denied&error_description=<script>&state=x`,
      `?error=x&code=${code}&state=x`,
      `?access_token=x&id_token=y&token_type=Bearer&state=x`,
      `#code=${code}&state=x`,
      `#access_token=x&state=x`,
      `?response=eyJhbGciOiJub25lIn0.e30.&state=x`,
    ]) {
      await stage.browser.goto(`${origin}/auth/callback${query}`);
    }
    await stage.open();
  },
  gain: (stage) => stage.isTheAttackersSession(),
});
