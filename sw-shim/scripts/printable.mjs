/** What may stand in a JavaScript string as it is, of ASCII: no host's character encoding changes that. */
const PRINTABLE = range(" ", "~").filter((character) => character !== '"' && character !== "\\");

/** The first of the two characters that stand for a rare byte, and the second. */
const FIRST = range("|", "~");
const SECOND = range("#", "[");

/**
 * Bytes as printable text: one character for each of the frequent bytes, two for the rare ones. Byte by byte, so that
 * brotli and gzip see in the text what they would see in the bytes. `singles` are the bytes, in hex, that the single
 * characters stand for. `decode` in src/worker/printable.ts is the way back.
 *
 * @param {Uint8Array} bytes
 * @returns {{ singles: string; text: string }}
 */
export function encode(bytes) {
  const characters = PRINTABLE.filter((character) => !FIRST.includes(character));
  const frequent = byFrequency(bytes).slice(0, characters.length);
  // A frequent byte that is printable stands for itself, which keeps words recognisable. The others take what is left.
  const others = frequent
    .filter((byte) => !characters.includes(String.fromCharCode(byte)))
    .sort((a, b) => a - b);
  const singles = characters.map((character) => {
    const itself = character.charCodeAt(0);
    return frequent.includes(itself) ? itself : /** @type {number} */ (others.shift());
  });
  const pairs = FIRST.flatMap((first) => SECOND.map((second) => first + second));
  const codes = Array.from({ length: 256 }, (_, byte) => {
    const single = singles.indexOf(byte);
    return single < 0 ? pairs.shift() : characters[single];
  });
  return {
    singles: Buffer.from(singles).toString("hex"),
    text: Array.from(bytes, (byte) => codes[byte]).join(""),
  };
}

/** @param {Uint8Array} bytes */
function byFrequency(bytes) {
  const count = Array(256).fill(0);
  for (const byte of bytes) count[byte] += 1;
  return [...count.keys()].sort((a, b) => count[b] - count[a]);
}

/**
 * @param {string} from
 * @param {string} to
 */
function range(from, to) {
  const [first, last] = [from.charCodeAt(0), to.charCodeAt(0)];
  return Array.from({ length: last - first + 1 }, (_, i) => String.fromCharCode(first + i));
}
