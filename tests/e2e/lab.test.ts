import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { built } from "./built.js";
import { describe, expect, hasVaultOrigin, labTest } from "./scenario.js";

const issuedTokens = ({ accessTokens, idTokens, refreshTokens }: Record<string, string[]>) =>
  [accessTokens, idTokens, refreshTokens].flatMap((tokens) => tokens ?? []);

describe("injected script carries away a token that works, if the app keeps it in", () => {
  for (const [way, kinds] of [
    ["local-storage", ["Access token"]],
    ["local-storage-refresh", ["Access token", "Refresh token"]],
    ["session-storage", ["Access token", "Refresh token"]],
    ["indexed-db", ["Access token", "Refresh token"]],
    ["cookie", ["Access token"]],
    ["variable", ["Access token"]],
  ] as const) {
    labTest(`the way “${way}”`, async ({ lab, standIns }) => {
      await lab.open();
      await lab.choose(way);
      await lab.signInAda();
      const { api, authorizationServer } = standIns;
      const issued = issuedTokens(authorizationServer.testing.issued as never);
      api.testing.requests.length = 0;

      expect(await lab.inject()).toMatch(/^\d ?tokens? arrived that works? outside the browser\.$/);

      const tokens = await lab.tokens();
      for (const kind of kinds) {
        const stolen = tokens.find(({ text }) => text.startsWith(kind));
        expect(stolen, kind).toMatchObject({ worked: true, text: expect.stringMatching(/Works at .*200/) });
        // A real one: its last characters are those of a token that was issued.
        const [, tail] = /ending in (\S{6})/.exec(stolen?.text ?? "") ?? [];
        expect(
          issued.some((token) => token.endsWith(`${tail}`)),
          kind,
        ).toBe(true);
      }
      // And it was used from outside: by a server, which sends no Origin.
      expect(
        api.testing.requests.filter(({ origin, status }) => origin === null && status === 200),
      ).not.toEqual([]);
    });
  }
});

/** The attack sent nothing, or long texts that are no tokens. */
const nothingUsableBy = (attack: string) =>
  expect.stringMatching(new RegExp(`^The script ${attack}: (nothing|(…\\S+ \\(no token\\)\\s?)+)$`));

/** Attacks that the payload plays only if the vault has an origin of its own. */
const ON_THE_VAULTS_ORIGIN = [
  "reads the vault's files, storage and frames from the app's origin",
  "embeds a frame of the vault itself and asks it for everything through its own port",
  "frames the vault's login and callback pages with its own parameters",
];

describe("injected script carries away nothing that can be used", () => {
  labTest("from the vault, though it can ask the API through the page", async ({ lab, standIns }) => {
    await lab.open();
    await lab.signInAda();
    const { issued: values } = standIns.authorizationServer.testing;
    const issued = issuedTokens(values as never);
    const codes = values.codes.length;

    expect(await lab.inject()).toBe("Noneof the texts that arrived can be used: there is no token in them.");
    expect(await lab.tokens()).toEqual([]);
    const attacks = await lab.attacks();
    expect(attacks).toEqual([
      "The script hooks fetch: nothing",
      "The script reads localStorage: nothing",
      "The script reads sessionStorage: nothing",
      "The script reads cookies: nothing",
      // Beside the vault, the app's IndexedDB has the vault's session hint.
      hasVaultOrigin ? "The script reads IndexedDB: nothing" : nothingUsableBy("reads IndexedDB"),
      nothingUsableBy("searches all global objects"),
      ...(hasVaultOrigin ? ON_THE_VAULTS_ORIGIN.map((attack) => `The script ${attack}: nothing`) : []),
      expect.stringMatching(/^The script calls the API as the app does: 200 .*"scheme":"Bearer"/),
    ]);
    // The attacker's own sign-in got as far as the vault's callback page.
    expect(values.codes.length > codes).toBe(hasVaultOrigin);
    expect(await lab.textOf("lab-lesson")).toMatch(/while the page is open/);

    const html = await lab.html();
    expect(issued.length).toBeGreaterThan(0);
    for (const token of issued) expect(html).not.toContain(token);
  });
});

describe("the lab's page", () => {
  labTest("has security headers only if the vault is on the app's own origin", async ({ browser, lab }) => {
    await lab.open();
    const headers = await browser.evaluate(async () => {
      const response = await fetch(location.href);
      return [...response.headers.keys()].filter((name) => /policy|options|cross-origin/.test(name));
    });
    expect(headers.includes("content-security-policy")).toBe(!hasVaultOrigin);
    if (hasVaultOrigin) expect(headers).toEqual([]);
  });

  labTest("is a click from the demo, and the demo is a click from it", async ({ browser, lab, standIns }) => {
    await lab.openFromDemo();
    await lab.goBack();
    expect(await browser.url()).toBe(`${standIns.app.origin}/`);
  });

  labTest("shows the payload that runs, in full", async ({ lab }) => {
    await lab.open();
    expect(await lab.payload()).toBe(await readFile(join(built.demo, "lab-payload.js"), "utf8"));
  });

  labTest("shows no token, only its end", async ({ lab, standIns }) => {
    await lab.open();
    await lab.choose("local-storage-refresh");
    await lab.signInAda();
    await lab.inject();
    const html = await lab.html();
    for (const token of issuedTokens(standIns.authorizationServer.testing.issued as never)) {
      expect(html).not.toContain(token.slice(-12));
    }
  });

  labTest("shows an error message for a cancelled sign-in, and the next one works", async ({ lab }) => {
    await lab.open();
    await lab.choose("cookie");
    await lab.cancelSignIn();
    expect(await lab.waitForError()).toMatch(/Could not sign in: User cancelled/);
    await lab.signInAda();
  });
});
