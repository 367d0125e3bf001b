import { attack } from "../attack.js";

export default attack({
  name: "searches all global objects",
  threat: "single-execution theft",
  target: "any",
  payload(it) {
    const seen = new Set<unknown>([it, ...Object.values(it)]);
    const queue: unknown[] = [window, document, ...document.querySelectorAll("*"), history.state];
    while (queue.length > 0) {
      const value = queue.pop();
      if (typeof value === "string") it.steal(value);
      if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value))
        continue;
      seen.add(value);
      if (value instanceof Map || value instanceof Set) queue.push(...(value as Iterable<unknown>));
      for (const key of Reflect.ownKeys(value)) {
        try {
          queue.push((value as Record<PropertyKey, unknown>)[key]);
        } catch {
          // Getters of prototypes throw when read on the prototype itself.
        }
      }
    }
  },
});
