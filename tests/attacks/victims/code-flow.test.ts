import { describe, expect, it } from "vitest";
import { authorizationUrl, codeOf, newTransaction, type Transaction } from "./code-flow.js";

const signIn = {
  authorizationEndpoint: "http://localhost:5174/oauth2/authorize",
  tokenEndpoint: "http://localhost:5174/oauth2/token",
  clientId: "client",
  redirectUri: "http://127.0.0.1:5176/lab/callback",
  scope: "openid notes/read",
};

describe("the authorization request", () => {
  it("has the challenge of RFC 7636, appendix B", async () => {
    const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const url = await authorizationUrl(signIn, { state: "s", verifier });
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: "code",
      client_id: "client",
      redirect_uri: signIn.redirectUri,
      scope: "openid notes/read",
      state: "s",
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      code_challenge_method: "S256",
    });
  });

  it("is new each time", () => {
    const [one, other] = [newTransaction(), newTransaction()];
    expect(one.state).toMatch(/^[\w-]{43}$/);
    expect(new Set([one.state, one.verifier, other.state, other.verifier]).size).toBe(4);
  });
});

describe("the authorization response", () => {
  const transaction: Transaction = { state: "s", verifier: "v" };
  const code =
    (query: string, of: Transaction | null = transaction) =>
    () =>
      codeOf(new URLSearchParams(query), of);

  it("brings a code", () => {
    expect(code("code=c&state=s")()).toBe("c");
  });

  it.each([
    ["of another sign-in", code("code=c&state=x"), /no sign-in/],
    ["of none", code("code=c&state=s", null), /no sign-in/],
    ["without a code", code("state=s"), /no code/],
    [
      "of a user who cancelled",
      code("error=access_denied&error_description=User+cancelled&state=s"),
      "User cancelled",
    ],
    ["that says little", code("error=server_error&state=s"), "server_error"],
  ])("%s is refused", (_what, read, message) => {
    expect(read).toThrow(message);
  });
});
