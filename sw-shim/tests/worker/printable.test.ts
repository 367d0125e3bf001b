import { describe, expect, it } from "vitest";
import { encode } from "../../scripts/printable.mjs";
import { decode } from "../../src/worker/printable";

const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);

describe("bytes as printable text", () => {
  it.each([
    ["none", new Uint8Array()],
    ["every byte", every],
    ["every byte, printable ones most often", withMoreOf(32, 126)],
    ["every byte, control characters most often", withMoreOf(0, 89)],
    ["every byte, none of ASCII often", withMoreOf(128, 255)],
    ["one byte over and over", new Uint8Array(1_000).fill(0x22)],
  ])("come back: %s", (_, bytes) => {
    expect(decode(encode(bytes))).toEqual(bytes);
  });

  it("need no escapes in a JavaScript string, and are ASCII", () => {
    expect(encode(withMoreOf(0, 89)).text).toMatch(/^[ !#-[\]-~]+$/);
  });

  it("give the frequent bytes one character each", () => {
    expect(encode(withMoreOf(0, 89)).text).toHaveLength(3 * 90 + 2 * (256 - 90));
  });
});

/** Every byte once, and those from `first` to `last` three times. */
function withMoreOf(first: number, last: number): Uint8Array {
  const more = every.subarray(first, last + 1);
  return Uint8Array.from([...every, ...more, ...more]);
}
