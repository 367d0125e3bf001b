import type { Issued } from "../../dev-provider/src/authorization-server-testing.js";

/** A piece this long is no coincidence: 96 random bits of a base64url text. */
const PIECE = 16;

/**
 * Looks for secrets in texts and bytes: each of them whole, or any piece of 31 characters of it, wherever it was cut.
 * The header of a JWT is the same in all of them, and no secret.
 */
export class SecretSearch {
  readonly #owners = new Map<string, string | null>();

  constructor(secrets: Record<string, string>) {
    for (const [name, secret] of Object.entries(secrets)) {
      const hidden = secret.split(".").length === 3 ? secret.slice(secret.indexOf(".") + 1) : secret;
      if (hidden.length < 2 * PIECE) throw new Error(`The ${name} is too short to be searched for.`);
      for (let at = 0; at + PIECE <= hidden.length; at++) {
        const piece = hidden.slice(at, at + PIECE);
        const owner = this.#owners.get(piece);
        // What two tokens have in common, as the same claim at the same place, tells neither.
        this.#owners.set(piece, owner === undefined || owner === name ? name : null);
      }
    }
  }

  /** Everything that the authorization server issued, numbered in the order of issue. */
  static for(issued: Issued): SecretSearch {
    const { accessTokens, idTokens, refreshTokens, codes, codeVerifiers } = issued;
    const secrets: Record<string, string> = {};
    for (const [name, values] of Object.entries({
      "access token": accessTokens,
      "ID token": idTokens,
      "refresh token": refreshTokens,
      "authorization code": codes,
      "code verifier": codeVerifiers,
    })) {
      if (values.length === 0) throw new Error(`No ${name} was issued.`);
      for (const [index, value] of (values as readonly string[]).entries())
        secrets[`${name} ${index + 1}`] = value;
    }
    return new SecretSearch(secrets);
  }

  /** The names of the secrets that `text` holds a piece of. */
  inText(text: string): string[] {
    const names = new Set<string>();
    // Pieces at every place of the secrets are known, so one in every sixteen places of the text is enough.
    for (let at = 0; at + PIECE <= text.length; at += PIECE) {
      const owner = this.#owners.get(text.slice(at, at + PIECE));
      if (owner) names.add(owner);
    }
    return [...names].sort();
  }

  /** The same for bytes, in which text may stand with one byte or two for a character, at even and odd places. */
  inBytes(bytes: Buffer): string[] {
    const texts = [
      bytes.toString("latin1"),
      bytes.toString("utf16le"),
      bytes.subarray(1).toString("utf16le"),
    ];
    return [...new Set(texts.flatMap((text) => this.inText(text)))].sort();
  }
}
