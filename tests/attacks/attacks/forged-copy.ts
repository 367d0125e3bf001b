import { attack } from "../attack.js";

export default attack({
  name: "posts forged session copies to the worker",
  threat: "manipulating the sign-in",
  target: "strongroom",
  async payload(it) {
    const own = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveKey"]);
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
    const copy = new TextEncoder().encode((window as { forgedCopy?: string }).forgedCopy);
    const bodies: BodyInit[] = [
      copy,
      new Uint8Array([...raw, ...copy]),
      raw,
      new Uint8Array(77),
      "",
      JSON.stringify({ copy }),
    ];
    for (const body of bodies) {
      for (const path of [
        "/auth/keep",
        "/auth/keep?key=x",
        "/auth/session",
        "/auth/refresh",
        "/auth/restore",
      ]) {
        const response = await fetch(path, { method: "POST", body }).catch(() => undefined);
        it.steal(await response?.text());
      }
    }
  },
  async play(stage) {
    const { access_token, refresh_token, id_token } = await stage.tokensOfTheAttacker();
    const copy = JSON.stringify({
      format: 1,
      id: "forged",
      serial: 999_999,
      access: `Bearer ${access_token}`,
      idToken: `Bearer ${id_token}`,
      refresh: refresh_token,
      subject: "forged",
      user: { sub: "forged" },
      lifetime: 3_600_000,
      age: 0,
    });
    await stage.openSignedIn();
    await stage.browser.evaluate((copy) => {
      (window as { forgedCopy?: string }).forgedCopy = copy;
    }, copy);
    await stage.inject();
  },
  gain: (stage) => stage.isTheAttackersSession(),
});
