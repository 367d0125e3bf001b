import { expect, it } from "vitest";
import { issuersOf } from "../src/configuration/endpoints";
import { configuration } from "./cli/support";

it("a user pool has the ORIGINAL issuer or the UPDATED one, and the doctor knows both", () => {
  expect(issuersOf(configuration)).toEqual([
    "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI",
    "https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI",
  ]);
});
