/**
 * Every string reachable from `root` by own properties, elements of maps and sets, and the contents of buffers and blobs.
 * Getters are not run: they are code, not a place where something is kept.
 */
export async function* stringsIn(root: unknown): AsyncGenerator<string> {
  const seen = new WeakSet<object>();
  const rest: unknown[] = [root];
  while (rest.length > 0) {
    const value = rest.pop();
    if (typeof value === "string") yield value;
    if (!isObject(value) || seen.has(value)) continue;
    seen.add(value);
    for (const inner of [...ownValues(value), ...(await contents(value))]) rest.push(inner);
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function ownValues(value: object): unknown[] {
  if (ArrayBuffer.isView(value)) return []; // a property a byte: its text is in `contents`
  try {
    const descriptors = Object.entries(Object.getOwnPropertyDescriptors(value));
    return descriptors.flatMap(([name, descriptor]) => [name, descriptor.value]);
  } catch {
    return []; // a frame of another origin: as closed to injected script as it is to this
  }
}

async function contents(value: object): Promise<unknown[]> {
  try {
    if (value instanceof Map) return [...value].flat();
    if (value instanceof Set) return [...value];
    if (value instanceof Blob) return [await value.text()];
    if (value instanceof ArrayBuffer) return [latin1(value)];
    return ArrayBuffer.isView(value) ? [latin1(value)] : [];
  } catch {
    return []; // a prototype, such as `File.prototype`: it passes `instanceof` and holds nothing
  }
}

/** One character a byte, so that ASCII in binary data is found. */
function latin1(bytes: AllowSharedBufferSource): string {
  return new TextDecoder("latin1").decode(bytes);
}
