const SPACE = 32;
const QUOTE = 34;
const NUMBER_SIGN = 35;
const BACKSLASH = 92;
const BAR = 124;

/** How many characters can come second. */
const SECONDS = BACKSLASH - NUMBER_SIGN;

/** The bytes that `encode` of scripts/printable.mjs made into text. */
export function decode({ singles, text }: { singles: string; text: string }): Uint8Array<ArrayBuffer> {
  const single = new Uint8Array(BAR);
  const rare = new Set(new Uint8Array(256).keys());
  for (let code = SPACE, at = 0; code < BAR; code++) {
    if (code === QUOTE || code === BACKSLASH) continue;
    const byte = Number.parseInt(singles.slice(at, at + 2), 16);
    at += 2;
    single[code] = byte;
    rare.delete(byte);
  }
  const paired = [...rare];
  // In place: it never writes further than it has read.
  const bytes = new TextEncoder().encode(text);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at] as number;
    const byte =
      code < BAR ? single[code] : paired[(code - BAR) * SECONDS + (bytes[++at] as number) - NUMBER_SIGN];
    bytes[length++] = byte as number;
  }
  return bytes.subarray(0, length);
}
