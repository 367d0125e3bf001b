import { attack } from "../attack.js";

export default attack({
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
