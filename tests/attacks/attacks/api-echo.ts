import { attack } from "../attack.js";

export default attack({
  name: "reads the token from an API that echoes request headers",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    for (const base of [it.ownApiUrl, it.apiUrl]) {
      if (!base) continue;
      const response = await fetch(`${base}echo`).catch(() => undefined);
      if (response) it.steal(await response.text());
    }
  },
});
