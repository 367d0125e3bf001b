import { attack } from "../attack.js";

export default attack({
  name: "hooks streams",
  threat: "persistent theft",
  target: "any",
  hook(it) {
    const look = (value: unknown) => {
      if (typeof value === "string") it.steal(value);
      if (value instanceof Uint8Array)
        it.steal(Array.from(value, (byte) => String.fromCharCode(byte)).join(""));
    };
    const { read } = ReadableStreamDefaultReader.prototype;
    ReadableStreamDefaultReader.prototype.read = async function () {
      const result = await read.call(this);
      look(result.value);
      return result;
    };
    const { enqueue } = ReadableStreamDefaultController.prototype;
    ReadableStreamDefaultController.prototype.enqueue = function (chunk) {
      look(chunk);
      return enqueue.call(this, chunk);
    };
    const { write } = WritableStreamDefaultWriter.prototype;
    WritableStreamDefaultWriter.prototype.write = function (chunk) {
      look(chunk);
      return write.call(this, chunk);
    };
  },
});
