const IV_LENGTH = 12;
const CURVE = { name: "ECDH", namedCurve: "P-256" };

/**
 * One side of the sealed channel between the service worker and its keepers. The keys live as long as the worker. Nobody can open
 * data sealed for a worker that has stopped.
 */
export class Channel {
  readonly #crypto: Crypto;
  #keys: Promise<CryptoKeyPair> | undefined;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  /** This side's public key. */
  async publicKey(): Promise<Uint8Array> {
    const { publicKey } = await this.#keyPair();
    return new Uint8Array(await this.#crypto.subtle.exportKey("raw", publicKey));
  }

  /** Encrypts `bytes` for the owner of `peer`, then overwrites them. */
  async seal(peer: Uint8Array<ArrayBuffer>, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    try {
      const iv = this.#crypto.getRandomValues(new Uint8Array(IV_LENGTH));
      const key = await this.#shared(peer);
      const sealed = new Uint8Array(await this.#crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes));
      const message = new Uint8Array(IV_LENGTH + sealed.length);
      message.set(iv);
      message.set(sealed, IV_LENGTH);
      return message;
    } finally {
      bytes.fill(0);
    }
  }

  /** Decrypts what the owner of `peer` sealed for this side; `undefined` if invalid. */
  async open(
    peer: Uint8Array<ArrayBuffer>,
    message: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array | undefined> {
    try {
      const iv = message.subarray(0, IV_LENGTH);
      const key = await this.#shared(peer);
      const sealed = message.subarray(IV_LENGTH);
      return new Uint8Array(await this.#crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed));
    } catch {
      return undefined;
    }
  }

  #keyPair(): Promise<CryptoKeyPair> {
    this.#keys ??= this.#crypto.subtle.generateKey(CURVE, false, ["deriveKey"]);
    return this.#keys;
  }

  async #shared(peer: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
    const { privateKey } = await this.#keyPair();
    const theirs = await this.#crypto.subtle.importKey("raw", peer, CURVE, false, []);
    const derived = { name: "AES-GCM", length: 256 };
    return this.#crypto.subtle.deriveKey({ name: "ECDH", public: theirs }, privateKey, derived, false, [
      "encrypt",
      "decrypt",
    ]);
  }
}
