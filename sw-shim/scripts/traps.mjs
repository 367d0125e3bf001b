/** What serde calls for a value of an unexpected type, to describe it. */
const refusal = /^"<serde_wasm_bindgen\[\w+\]::de::Deserializer>::invalid_type\b/;

/** Functions that only those call: serde's description, and the standard library's formatter. */
const description = /\bserde_core\[\w+\]::de::Error>::invalid_|\b(core|alloc)\[\w+\]::(fmt|num::flt2dec)::/;

/** The first entry of the table `core::num::flt2dec::strategy::grisu::CACHED_POW10`, which has 81 of 16 bytes. */
const powers = Buffer.from("df451a3d03cf1ae6c1fbccfe", "hex");
const powersLength = 81 * 16;

/**
 * Replaces by traps what describes a value of an unexpected type. The worker never meets such a value: the shim passes
 * plain data (`src/worker/start.ts`), and `crate/core/src/json/deserialize.rs` accepts all types of it. If a trap is
 * reached after all, the worker does not start.
 *
 * @param {string} wat the module as text, with the names of its functions
 * @throws Error if another function calls the formatter, such as one for a type that `deserialize.rs` does not accept.
 */
export function withoutFormatter(wat) {
  const functions = /^ \(func \$("[^"]+"|\S+)(.*\n)[\s\S]*?^ \)$/gm;
  const mentions = /\((?:call|return_call|ref\.func) \$("[^"]+"|\S+)/g;
  let refusals = 0;
  const trapped = wat.replace(functions, (whole, name, signature) => {
    if (refusal.test(name)) {
      refusals += 1;
    } else if (!description.test(name)) {
      for (const [, called = ""] of whole.matchAll(mentions)) {
        if (description.test(called)) {
          throw new Error(`$${name} calls $${called}, which the build removes. Format no text.`);
        }
      }
      return whole;
    }
    return ` (func $${name}${signature}  (unreachable)\n )`;
  });
  if (refusals !== 1) throw new Error(`serde-wasm-bindgen reads ${refusals} types instead of one.`);
  return trapped;
}

/**
 * Zeros the table of powers, which only the formatter of floating-point numbers reads.
 *
 * @param {Buffer} wasm is changed
 */
export function zeroPowers(wasm) {
  const start = wasm.indexOf(powers);
  if (start < 0) throw new Error("The compiler has another table of powers now.");
  wasm.fill(0, start, start + powersLength);
}
