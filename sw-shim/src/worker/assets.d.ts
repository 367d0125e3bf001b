declare module "*.wasm?printable" {
  const printable: { singles: string; text: string };
  export default printable;
}

declare module "*/glue.js" {
  export function createGlue(): typeof import("../../dist/wasm/strongroom_wasm.js");
}
