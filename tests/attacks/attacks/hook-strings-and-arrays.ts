import { attack } from "../attack.js";

export default attack({
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
