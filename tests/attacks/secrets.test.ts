import { describe, expect, it } from "vitest";
import { candidatesIn, kindOf } from "./secrets.js";

const jwt = (payload: object) =>
  [JSON.stringify({ alg: "RS256", kid: "k" }), JSON.stringify(payload), "signature-of-some-length"]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");
const access = jwt({ token_use: "access", sub: "a" });
const id = jwt({ token_use: "id", sub: "a", name: "Ærø ÿÿÿ" });
const refresh = "r-_9".repeat(425);

describe("a token is found", () => {
  it.each([
    ["alone", access],
    ["in a header", `Bearer ${access}`],
    ["in a cookie", `access_token=${access}; other=1`],
    ["in JSON", JSON.stringify({ access_token: access })],
  ])("%s", (_where, text) => {
    expect(candidatesIn(text)).toEqual([access]);
  });

  it("in a token response, beside others, and its kind is known", () => {
    const found = candidatesIn(
      JSON.stringify({ access_token: access, id_token: id, refresh_token: refresh }),
    );
    expect(found).toEqual([access, id, refresh]);
    expect(found.map(kindOf)).toEqual(["access", "id", "refresh"]);
  });
});

it("a code verifier with dots and tildes is found", () => {
  const verifier = `a.b~${"C-9_".repeat(10)}`;
  expect(candidatesIn(JSON.stringify({ code_verifier: verifier, state: "s" }))).toEqual([verifier]);
});

it("an authorization code is found in URLs and JSON", () => {
  expect(candidatesIn("https://app.example/auth/callback?code=a-b_1&state=s")).toEqual(["code=a-b_1"]);
  expect(candidatesIn('{"code":"a-b_1"}')).toEqual(["code=a-b_1"]);
});

it.each(["", "hello", "en-US", crypto.randomUUID(), "a".repeat(42), `eyJ.${"x".repeat(42)}`])(
  "%j is no secret",
  (text) => {
    expect(candidatesIn(text)).toEqual([]);
  },
);
