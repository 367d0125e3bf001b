import type { errors as Errors, KoaContextWithOIDC, Provider } from "oidc-provider";

type Entities = KoaContextWithOIDC["oidc"]["entities"];
type RefreshToken = NonNullable<Entities["RefreshToken"]>;
type Client = NonNullable<Entities["Client"]>;

/** Refresh token rotation as an app client of Cognito has it. */
export interface RotationPolicy {
  /** Cognito's `RetryGracePeriodSeconds`, 0 to 60: how long a rotated token stays valid. */
  graceSeconds: number;
}

/**
 * Replaces oidc-provider's own rotation, which revokes the whole grant when a rotated token is used again. Cognito refuses only that
 * token, once its grace period is over.
 */
export class RefreshTokenRotation {
  /** Rotated tokens and when they expire, in milliseconds since the epoch. */
  readonly #goodUntil = new Map<string, number>();

  /** Throws `invalid_grant` for a rotated token whose grace period is over. */
  check(refreshToken: RefreshToken, errors: typeof Errors): void {
    const goodUntil = this.#goodUntil.get(refreshToken.jti);
    if (goodUntil !== undefined && Date.now() >= goodUntil)
      throw new errors.InvalidGrant("refresh token was rotated");
  }

  /** Issues the successor of `old`. It ends when `old` would have ended: rotation does not prolong a session. */
  async rotate(
    provider: Provider,
    client: Client,
    old: RefreshToken,
    { graceSeconds }: RotationPolicy,
  ): Promise<string> {
    const { accountId, authTime, grantId = "", gty = "", scope = "", iiat, exp } = old;
    const successor = new provider.RefreshToken({
      client,
      accountId,
      authTime,
      grantId,
      gty,
      scope,
      iiat,
      exp,
    });
    const value = await successor.save();
    // A retry within the grace period must not start another one.
    if (!this.#goodUntil.has(old.jti)) this.#goodUntil.set(old.jti, Date.now() + graceSeconds * 1000);
    return value;
  }
}
