import { attack } from "../attack.js";

export default attack({
  name: "reads the document, its URL, its referrer and its history",
  threat: "single-execution theft",
  target: "any",
  payload(it) {
    it.steal(
      document.documentElement.outerHTML,
      location.href,
      document.referrer,
      window.name,
      history.state,
    );
    const { navigation } = window as { navigation?: { entries(): { url: string; getState(): unknown }[] } };
    for (const entry of navigation?.entries() ?? []) it.steal(entry.url, entry.getState());
  },
});
