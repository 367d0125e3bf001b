import { expect, it } from "vitest";
import { isSameSite } from "../../src/cli/doctor/site";

it.each([
  ["https://app.example.com", "https://vault.example.com", true],
  ["https://example.com", "https://vault.example.com", true],
  ["https://app.example.com", "https://vault.example.com:8443", true],
  ["https://app.example.co.uk", "https://vault.example.co.uk", true],
  ["http://app.strongroom.localhost:5173", "http://vault.strongroom.localhost:5173", true],
  ["http://localhost:1", "http://localhost:2", true],
  ["http://app.example.com", "https://vault.example.com", false],
  ["https://app.example.com", "https://vault.example.net", false],
  ["https://app.example.com", "https://vault-example.com", false],
  ["https://one.co.uk", "https://two.co.uk", false],
  ["https://app.vercel.app", "https://vault.vercel.app", false],
  ["https://d1.cloudfront.net", "https://d2.cloudfront.net", false],
  ["https://org.github.io", "https://vault.github.io", false],
  ["http://app.localhost", "http://vault.localhost", false],
  ["http://192.0.2.1", "http://203.0.2.1", false],
])("%s and %s are of one site: %s", (one, other, expected) => {
  expect(isSameSite(new URL(one), new URL(other))).toBe(expected);
  expect(isSameSite(new URL(other), new URL(one))).toBe(expected);
});
