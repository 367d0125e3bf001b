const IV_LENGTH = 12;

/**
 * A sealed copy with its key. The key cannot be exported, so no script can take it out of the browser. It can be read from the
 * browser's files, like everything else in them.
 */
interface SealedCopy {
  key: CryptoKey;
  iv: Uint8Array<ArrayBuffer>;
  sealed: ArrayBuffer;
}

/** Encrypts `bytes` with a new key, then overwrites them. */
export async function seal(crypto: Crypto, bytes: Uint8Array<ArrayBuffer>): Promise<SealedCopy> {
  try {
    const algorithm = { name: "AES-GCM", length: 256 };
    const key = await crypto.subtle.generateKey(algorithm, false, ["encrypt", "decrypt"]);
    const iv = crypto.getRandomValues(new Uint8Array(IV_LENGTH));
    return { key, iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes) };
  } finally {
    bytes.fill(0);
  }
}

/** Decrypts what {@link seal} returned; empty if it is something else, or the key is lost. */
export async function open(crypto: Crypto, copy: unknown): Promise<Uint8Array> {
  try {
    const { key, iv, sealed } = copy as SealedCopy;
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed));
  } catch {
    return new Uint8Array();
  }
}
