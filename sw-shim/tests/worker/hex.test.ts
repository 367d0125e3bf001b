import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fromHex } from "../../src/worker/hex";

const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const hex = Buffer.from(every).toString("hex");
const native = Object.getOwnPropertyDescriptor(Uint8Array, "fromHex");

function define(value: unknown): void {
  Object.defineProperty(Uint8Array, "fromHex", { value, configurable: true, writable: true });
}

afterEach(() => {
  if (native) Object.defineProperty(Uint8Array, "fromHex", native);
  else Reflect.deleteProperty(Uint8Array, "fromHex");
});

describe("fromHex in an engine without Uint8Array.fromHex", () => {
  beforeEach(() => define(undefined));

  it("decodes every byte", () => {
    expect(fromHex(hex)).toEqual(every);
  });

  it("decodes no digits to no bytes", () => {
    expect(fromHex("")).toEqual(new Uint8Array());
  });
});

it("fromHex uses the engine's own decoder where there is one", () => {
  const decoder = vi.fn(function (this: unknown) {
    // The engine's refuses any other receiver.
    if (this !== Uint8Array) throw new TypeError();
    return every;
  });
  define(decoder);
  expect(fromHex(hex)).toBe(every);
  expect(decoder).toHaveBeenCalledWith(hex);
});
