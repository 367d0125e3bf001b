import { createGlue } from "../../dist/wasm/glue.js";
import hex from "../../dist/wasm/strongroom_wasm_bg.wasm?hex";
import type * as Glue from "../../dist/wasm-vault/strongroom_wasm.js";
import { fromHex } from "./hex";

export type Vault = Glue.Vault;

// Synchronously, since a service worker's listeners must be there when its first evaluation ends. Inlined, since
// a browser's update check compares scripts and not what they fetch.
const module = new WebAssembly.Module(fromHex(hex));

/** A new instance with a memory of its own. */
export function instantiate(): Pick<typeof Glue, "Vault"> {
  const glue = createGlue();
  glue.initSync({ module });
  return glue;
}
