import { attack } from "../attack.js";

export default attack({
  name: "an API that echoes the request's headers",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    for (const base of [it.ownApiUrl, it.apiUrl]) {
      if (!base) continue;
      const response = await fetch(`${base}echo`).catch(() => undefined);
      // What came before a body broke off counts too.
      const reader = response?.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const piece = await reader?.read().catch(() => undefined);
        if (piece?.value === undefined) break;
        text += piece.value;
      }
      it.steal(text);
    }
  },
});
