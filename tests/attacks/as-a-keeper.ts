/**
 * The source of a function that speaks the whole keeper protocol with its own key: it requests the stream, decrypts copies,
 * and hands one over. It runs in any global.
 */
export const AS_A_KEEPER = `async (base, tell) => {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const own = await crypto.subtle.generateKey(curve, true, ["deriveKey"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
  const key = btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const shared = async (peer) => crypto.subtle.deriveKey(
    { name: "ECDH", public: await crypto.subtle.importKey("raw", peer, curve, false, []) },
    own.privateKey, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  let secret;
  try {
    const response = await fetch(base + "auth/keep?key=" + key);
    tell("status " + response.status);
    const reader = response.body.getReader();
    // A keeper's stream does not end by itself, so the attacker listens for this long.
    setTimeout(() => reader.cancel(), 1500);
    let bytes = [];
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      bytes.push(...chunk.value);
      while (bytes.length >= 5) {
        const length = (bytes[1] << 24) | (bytes[2] << 16) | (bytes[3] << 8) | bytes[4];
        if (bytes.length < 5 + length) break;
        const payload = new Uint8Array(bytes.slice(5, 5 + length));
        if (bytes[0] === 1) secret = await shared(payload.slice(0, 65));
        if (bytes[0] === 2) {
          const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv: payload.slice(0, 12) }, secret, payload.slice(12));
          tell(new TextDecoder("latin1").decode(opened));
        }
        bytes = bytes.slice(5 + length);
      }
    }
  } catch (error) {
    tell(String(error));
  }
  const forged = new TextEncoder().encode(JSON.stringify({
    format: 1, id: "forged", serial: 999, access: "Bearer forged", idToken: "Bearer forged", refresh: "forged",
    subject: "forged", user: { sub: "forged" }, lifetime: 3600000, age: 0 }));
  for (const body of [new Uint8Array(), raw, new Uint8Array([...raw, ...forged]), forged]) {
    try {
      const response = await fetch(base + "auth/keep", { method: "POST", body });
      tell(response.status + " " + await response.text());
    } catch (error) {
      tell(String(error));
    }
  }
}`;
