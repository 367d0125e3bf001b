import { createGlue } from "../../dist/wasm/glue.js";
import type * as Glue from "../../dist/wasm/strongroom_wasm.js";
import hex from "../../dist/wasm/strongroom_wasm_bg.wasm?hex";

export type Vault = Glue.Vault;

// Synchronously, since a service worker's listeners must be there when its first evaluation ends. Inlined, since
// a browser's update check compares scripts and not what they fetch; as hex, since brotli sees bytes in it.
const module = new WebAssembly.Module(decode(hex));

/** A new instance with a memory of its own. */
export function instantiate(): Pick<typeof Glue, "Keeper" | "Vault"> {
  const glue = createGlue();
  glue.initSync({ module });
  return glue;
}

interface HexDecoder {
  fromHex?(hex: string): Uint8Array<ArrayBuffer>;
}

function decode(hex: string): Uint8Array<ArrayBuffer> {
  const native = (Uint8Array as HexDecoder).fromHex;
  if (native) return native.call(Uint8Array, hex);
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}
