import { describe, expect, it } from "vitest";
import { tokensIn } from "./tokens-in.js";

const jwt = (payload: object) =>
  [JSON.stringify({ alg: "RS256", kid: "k" }), JSON.stringify(payload), "signature-of-some-length"]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");
const access = jwt({ token_use: "access", sub: "a" });
const id = jwt({ token_use: "id", sub: "a" });
const refresh = "r-_9".repeat(425);

describe("tokens are found", () => {
  it.each([
    ["alone", access],
    ["in a header", `Bearer ${access}`],
    ["in a cookie", `access_token=${access}; other=1`],
    ["in JSON", JSON.stringify({ access_token: access })],
  ])("%s", (_where, text) => {
    expect(tokensIn(text)).toEqual([{ kind: "access", token: access }]);
  });

  it("in a token response, each with its kind, and once", () => {
    const text = JSON.stringify({
      access_token: access,
      id_token: id,
      refresh_token: refresh,
      again: access,
    });
    expect(tokensIn(text)).toEqual([
      { kind: "access", token: access },
      { kind: "id", token: id },
      { kind: "refresh", token: refresh },
    ]);
  });

  it("even if nobody can read what is in them", () => {
    const token = "eyJhbGciOiJSUzI1NiJ9.bm90LWpzb24tYXQtYWxs.c2lnbmF0dXJlLXNpZ25hdHVyZQ";
    expect(tokensIn(token)).toEqual([{ kind: "access", token }]);
  });
});

it.each(["", "hello", "en-US", crypto.randomUUID(), "a".repeat(399), `eyJ.${"x".repeat(50)}`])(
  "%j is no token",
  (text) => {
    expect(tokensIn(text)).toEqual([]);
  },
);
