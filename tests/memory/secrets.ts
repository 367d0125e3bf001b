import type { Issued } from "../../dev-provider/src/authorization-server-testing.js";

/** Long enough to rule out coincidence: 96 random bits in base64url. */
const PIECE = 16;

/**
 * Searches strings and bytes for secrets: whole, or any 31 consecutive characters. The header of a JWT is excluded, because
 * all JWTs share it.
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
        // Parts that two tokens share, such as the same claim at the same position, identify neither.
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

  /** The names of the secrets of which `text` contains a piece. */
  inText(text: string): string[] {
    const names = new Set<string>();
    // The pieces cover every position of the secrets, so checking every sixteenth position of the text is enough.
    for (let at = 0; at + PIECE <= text.length; at += PIECE) {
      const owner = this.#owners.get(text.slice(at, at + PIECE));
      if (owner) names.add(owner);
    }
    return [...names].sort();
  }

  /** The same for bytes, with one or two bytes per character, at even and odd offsets. */
  inBytes(bytes: Buffer): string[] {
    const texts = [
      bytes.toString("latin1"),
      bytes.toString("utf16le"),
      bytes.subarray(1).toString("utf16le"),
    ];
    return [...new Set(texts.flatMap((text) => this.inText(text)))].sort();
  }
}
