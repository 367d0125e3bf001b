import { createHash, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";
import type { TokenSettings } from "./authorization-server-testing.js";
import type { User } from "./users.js";

/** The subject of one token response. Times are seconds since the epoch. */
export interface TokenSubject {
  user: User;
  scope: string;
  authTime: number;
  /** The same in all tokens of one sign-in. */
  originJti: string;
  /** Of the authorization request; a refreshed ID token has none (OpenID Connect Core 12.2). */
  nonce: string | undefined;
}

/** Signs JWTs with the claims that Cognito's have. */
export interface CognitoTokens {
  /** Public halves of the signing keys. Cognito signs ID and access tokens with different ones. */
  jwks: { keys: JWK[] };
  accessToken(subject: TokenSubject, settings: TokenSettings): Promise<string>;
  /** `at_hash` is computed from `accessToken`. */
  idToken(subject: TokenSubject, accessToken: string, settings: TokenSettings): Promise<string>;
}

export async function createCognitoTokens(issuer: string, clientId: string): Promise<CognitoTokens> {
  const [idKey, accessKey] = await signingKeys();

  const common = ({ user, originJti, authTime }: TokenSubject, lifetime: number) => {
    const iat = Math.floor(Date.now() / 1000);
    return {
      sub: user.sub,
      // Cognito leaves the claim out for a user without groups.
      ...(user.groups.length > 0 ? { "cognito:groups": [...user.groups] } : {}),
      iss: issuer,
      origin_jti: originJti,
      auth_time: authTime,
      iat,
      exp: iat + lifetime,
      jti: randomUUID(),
    };
  };

  return {
    jwks: { keys: [idKey.jwk, accessKey.jwk] },

    accessToken(subject, settings) {
      const claims = {
        ...common(subject, settings.accessTokenLifetime),
        version: 2,
        client_id: clientId,
        token_use: "access",
        scope: subject.scope,
        username: subject.user.username,
      };
      return accessKey.sign(settings.changeAccessTokenClaims(claims));
    },

    idToken(subject, accessToken, settings) {
      const { user, scope, nonce } = subject;
      const scopes = scope.split(" ");
      const claims = {
        ...common(subject, settings.idTokenLifetime),
        aud: clientId,
        token_use: "id",
        at_hash: createHash("sha256").update(accessToken).digest().subarray(0, 16).toString("base64url"),
        "cognito:username": user.username,
        ...(nonce === undefined ? {} : { nonce }),
        ...(scopes.includes("email") ? { email: user.email, email_verified: true } : {}),
        ...(scopes.includes("profile") ? { name: user.name } : {}),
      };
      return idKey.sign(settings.changeIdTokenClaims(claims));
    },
  };
}

/** Shared by all servers of a process: making a key takes a sixth of a second, and each scenario has its own server. */
let keys: Promise<[SigningKey, SigningKey]> | undefined;

function signingKeys() {
  keys ??= Promise.all([signingKey(), signingKey()]);
  return keys;
}

type SigningKey = Awaited<ReturnType<typeof signingKey>>;

async function signingKey() {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const kid = randomUUID();
  return {
    jwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" } satisfies JWK,
    sign: (claims: JWTPayload) =>
      new SignJWT(claims).setProtectedHeader({ kid, alg: "RS256" }).sign(privateKey),
  };
}
