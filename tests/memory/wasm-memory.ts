import type { Target } from "./devtools.js";
import type { SecretSearch } from "./secrets.js";

const GROUP = "strongroom-search";

/**
 * The secrets in every `WebAssembly.Memory` of a target, and its size. The bytes are exported as hexadecimal digits and searched
 * outside, so that the search leaves no secret in the target's heap.
 */
export async function secretsInWasm(
  target: Target,
  search: SecretSearch,
): Promise<{ found: string[]; bytes: number }> {
  const { result } = await target.send<{ result: { objectId: string } }>("Runtime.evaluate", {
    expression: "WebAssembly.Memory.prototype",
    objectGroup: GROUP,
  });
  const { objects } = await target.send<{ objects: { objectId: string } }>("Runtime.queryObjects", {
    prototypeObjectId: result.objectId,
    objectGroup: GROUP,
  });
  const exported = await target.send<{ result: { value: string[] } }>("Runtime.callFunctionOn", {
    objectId: objects.objectId,
    functionDeclaration: toHex.toString(),
    returnByValue: true,
  });
  await target.send("Runtime.releaseObjectGroup", { objectGroup: GROUP });
  const memories = exported.result.value.map((hex) => Buffer.from(hex, "hex"));
  return {
    found: [...new Set(memories.flatMap((memory) => search.inBytes(memory)))].sort(),
    bytes: memories.reduce((sum, memory) => sum + memory.length, 0),
  };
}

/** Runs in the target. */
function toHex(this: WebAssembly.Memory[]): string[] {
  return this.map(({ buffer }) => (new Uint8Array(buffer) as Uint8Array & { toHex(): string }).toHex());
}
