import { validateCognitoJwtFields } from "aws-jwt-verify/cognito-verifier";
import { JwtExpiredError } from "aws-jwt-verify/error";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import { JwtVerifier } from "aws-jwt-verify/jwt-verifier";
import type { Context } from "koa";

/** `http`: an HTTP API with a JWT authorizer. `rest`: a REST API with a Cognito user pool authorizer. */
export type ApiFlavour = "http" | "rest";

export interface AuthorizerOptions {
  issuer: string;
  jwksUri: string;
  clientId: string;
  flavour: ApiFlavour;
}

/** The claims of a valid token. */
export interface Caller {
  sub: string;
  token_use: "access" | "id";
  jti: string;
  scope: string;
  username: string;
  groups: string[];
}

/** Checks a request as API Gateway does before it reaches the application. */
export interface Authorizer {
  /** The caller, if the request's token is valid for a route with `scope`; otherwise the refusal is in `ctx`. */
  authorize(ctx: Context, scope: string | null): Promise<Caller | undefined>;
  /** Responds with 401 as for a token that is not valid. */
  refuse(ctx: Context): void;
}

export function createAuthorizer({ issuer, jwksUri, clientId, flavour }: AuthorizerOptions): Authorizer {
  const verifier = JwtVerifier.create(
    {
      issuer,
      jwksUri,
      // The client is in `aud` or in `client_id`, after the token's use.
      audience: null,
      customJwtCheck: ({ payload }) => validateCognitoJwtFields(payload, { tokenUse: null, clientId }),
    },
    // The package's own fetcher requires https.
    {
      jwksCache: new SimpleJwksCache({ fetcher: { fetch: async (uri) => (await fetch(uri)).arrayBuffer() } }),
    },
  );
  const { unauthorized, forbidden, takes } = gateways[flavour];

  return {
    refuse: (ctx) => unauthorized(ctx, "invalid"),

    async authorize(ctx, scope) {
      const [scheme, token, ...rest] = ctx.get("Authorization").split(" ");
      // API Gateway also accepts a token without the scheme (RFC 6750 section 2.1); here a missing scheme is an error.
      if (scheme?.toLowerCase() !== "bearer" || !token || rest.length > 0)
        return void unauthorized(ctx, "missing");

      let payload: Awaited<ReturnType<typeof verifier.verify>>;
      try {
        payload = await verifier.verify(token);
      } catch (error) {
        return void unauthorized(ctx, error instanceof JwtExpiredError ? "expired" : "invalid");
      }
      const caller = callerOf(payload);
      if (!takes(caller.token_use, scope)) return void unauthorized(ctx, "invalid");
      if (scope !== null && !caller.scope.split(" ").includes(scope)) return void forbidden(ctx, scope);
      return caller;
    },
  };
}

function callerOf(payload: Record<string, unknown>): Caller {
  return {
    sub: String(payload.sub),
    token_use: payload.token_use === "id" ? "id" : "access",
    jti: String(payload.jti),
    scope: String(payload.scope ?? ""),
    username: String(payload.username ?? payload["cognito:username"]),
    groups: (payload["cognito:groups"] as string[] | undefined) ?? [],
  };
}

type Reason = "missing" | "expired" | "invalid";

interface Gateway {
  takes(tokenUse: Caller["token_use"], scope: string | null): boolean;
  unauthorized(ctx: Context, reason: Reason): void;
  forbidden(ctx: Context, scope: string): void;
}

const gateways: Record<ApiFlavour, Gateway> = {
  http: {
    // An ID token has no scope, so a route with one responds with 403.
    takes: () => true,
    unauthorized(ctx, reason) {
      const why = reason === "expired" ? "the token has expired" : "the token is not valid";
      ctx.status = 401;
      ctx.set("WWW-Authenticate", reason === "missing" ? "Bearer" : bearerError("invalid_token", why));
      ctx.body = { message: "Unauthorized" };
    },
    forbidden(ctx, scope) {
      ctx.status = 403;
      ctx.set("WWW-Authenticate", bearerError("insufficient_scope", `the token lacks ${scope}`));
      ctx.body = { message: "Forbidden" };
    },
  },
  rest: {
    takes: (tokenUse, scope) => tokenUse === (scope === null ? "id" : "access"),
    unauthorized(ctx, reason) {
      ctx.status = 401;
      ctx.set("x-amzn-ErrorType", "UnauthorizedException");
      ctx.body = { message: reason === "expired" ? "The incoming token has expired" : "Unauthorized" };
      withoutCors(ctx);
    },
    forbidden(ctx) {
      ctx.status = 403;
      ctx.body = { message: "Forbidden" };
      withoutCors(ctx);
    },
  },
};

function bearerError(error: string, description: string): string {
  return `Bearer error="${error}" error_description="${description}"`;
}

/** A REST API's gateway sends its own responses without the application's CORS headers, so a page sees a network error. */
function withoutCors(ctx: Context): void {
  ctx.remove("Access-Control-Allow-Origin");
  ctx.remove("Access-Control-Expose-Headers");
}
