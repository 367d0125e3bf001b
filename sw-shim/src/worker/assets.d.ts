declare module "*.wasm?hex" {
  const hex: string;
  export default hex;
}

declare module "*/glue.js" {
  export function createGlue(): typeof import("../../dist/wasm-vault/strongroom_wasm.js");
}
