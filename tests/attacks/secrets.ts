// What looks like a secret. Runs in pages and in Node.js.

/**
 * Everything in a text that looks like a token, an authorization code or a code verifier: JWTs, codes in URLs and JSON, and
 * values as long as a refresh token or a verifier (RFC 7636 section 4.1: 43 to 128 characters, dots and tildes among them). Its
 * source runs in pages, so it uses only its argument.
 */
export function candidatesIn(text: string): string[] {
  const tokens = text.match(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+|[\w-]{43,}/g) ?? [];
  const verifiers = text.match(/(?<![\w.~-])(?!eyJ)(?=[\w-]*[.~])[\w.~-]{43,128}(?![\w.~-])/g) ?? [];
  const codes = text.match(/\bcode(?:=|":")[\w-]+/g) ?? [];
  return [...codes.map((code) => code.replace('":"', "=")), ...tokens, ...verifiers];
}

export type TokenKind = "access" | "id" | "refresh";

/** The kind of a token by its form: a JWT has `token_use`, and Cognito's refresh tokens are opaque. */
export function kindOf(candidate: string): TokenKind {
  if (!isJwt(candidate)) return "refresh";
  try {
    const payload = candidate.split(".")[1] ?? "";
    const { token_use } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    return token_use === "id" ? "id" : "access";
  } catch {
    return "access";
  }
}

export function isJwt(candidate: string): boolean {
  return /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/.test(candidate);
}

/** Whether it may be a refresh token or a code verifier. */
export function isOpaque(candidate: string): boolean {
  return /^([\w-]{43,}|[\w.~-]{43,128})$/.test(candidate) && !isJwt(candidate);
}

/** A request with a stolen token, from outside the browser. */
export interface Use {
  what: "the API" | "the token endpoint" | "the API, with the new access token";
  /** 0 without a response. */
  status: number;
  /** Whether the token was accepted. */
  worked: boolean;
  /** The user whose data came back. */
  as?: string;
}
