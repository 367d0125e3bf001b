/** Not in TypeScript's library yet: https://tc39.es/ecma262/#sec-uint8array.fromhex */
interface HexDecoder {
  fromHex?(hex: string): Uint8Array<ArrayBuffer>;
}

/** Decodes hex. The native decoder is 40 times faster here, because a worker's first lines run in the interpreter. */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  const { fromHex } = Uint8Array as HexDecoder;
  if (fromHex) return fromHex.call(Uint8Array, hex);
  // Chromium before 140, Firefox before 133, Safari before 18.2.
  const bytes = new Uint8Array(hex.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}
