import { attack } from "../attack.js";

export default attack({
  name: "sends requests after the user has signed out",
  threat: "persistent theft",
  target: "strongroom",
  async payload(it) {
    for (const url of [`${it.apiUrl}me`, `${it.ownApiUrl}me`, `${it.apiUrl}echo`]) {
      const response = await fetch(url).catch(() => undefined);
      it.steal(await response?.text());
    }
    const renewed = await fetch("/auth/refresh", { method: "POST" });
    it.steal(await renewed.text());
    for (const url of [`${it.apiUrl}me`, `${it.apiUrl}echo`]) it.steal(await (await fetch(url)).text());
  },
  async play(stage) {
    await stage.openSignedIn();
    await stage.signOut();
    stage.markRequests();
    await stage.inject();
  },
  gain: async (stage) => stage.requestAsTheUser(),
});
