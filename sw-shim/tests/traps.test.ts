import { expect, it } from "vitest";
import { withoutFormatter, zeroPowers } from "../scripts/traps.mjs";

const write = '$"core[0123]::fmt::write"';
const powers = '$"core[0123]::num::flt2dec::strategy::grisu::format_exact"';
const refuse = '$"<serde_wasm_bindgen[4567]::de::Deserializer>::invalid_type::<vault[89]::Values>"';
const describe = '$"<serde_wasm_bindgen[4567]::error::Error as serde_core[ab]::de::Error>::invalid_type"';

function wat(functions: [name: string, calls: string][]): string {
  return functions
    .map(
      ([name, called]) =>
        ` (func ${name} (param $0 i32)\n  (if\n   (then\n    (call ${called})\n   )\n  )\n )\n`,
    )
    .join("");
}

const serde: [string, string][] = [
  [refuse, describe],
  [describe, write],
  [write, powers],
  [powers, "$trap"],
];

it("serde's errors and the formatter become traps, and other functions stay", () => {
  const start = wat([["$start", refuse]]);
  const traps = serde.map(([name]) => ` (func ${name} (param $0 i32)\n  (unreachable)\n )\n`);
  expect(withoutFormatter(start + wat(serde))).toBe(start + traps.join(""));
});

it.each([describe, write, powers])("another function that calls %s fails the build", (called) => {
  const functions = wat([...serde, ['$"vault"', called]]);
  expect(() => withoutFormatter(functions)).toThrow(`$"vault" calls ${called}`);
});

it("the build fails unless serde reads one type", () => {
  const another = refuse.replace("Values", "Others");
  for (const functions of [serde.slice(1), [...serde, [another, describe] as [string, string]]]) {
    expect(() => withoutFormatter(wat(functions))).toThrow("types instead of one");
  }
});

it("the table of powers is zeroed, and nothing else", () => {
  const table = Buffer.alloc(81 * 16, 7);
  Buffer.from("df451a3d03cf1ae6c1fbccfe", "hex").copy(table);
  const wasm = Buffer.concat([Buffer.from([1, 2]), table, Buffer.from([3])]);
  zeroPowers(wasm);
  expect(wasm).toEqual(Buffer.concat([Buffer.from([1, 2]), Buffer.alloc(81 * 16), Buffer.from([3])]));
  expect(() => zeroPowers(wasm)).toThrow("another table");
});
