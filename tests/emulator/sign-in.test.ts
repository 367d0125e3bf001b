import { CognitoJwtVerifier } from "aws-jwt-verify";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { hostOptions } from "../../deploy/lib/stack.mjs";
import { check } from "../../sw-shim/src/checks/check.js";
import { Network } from "../../sw-shim/src/checks/network.js";
import { doctor } from "../../sw-shim/src/cli/doctor/doctor.js";
import { built } from "../e2e/built.js";
import type { Browser } from "../e2e/engines/browser.js";
import { launch } from "../e2e/engines/launch.js";
import { Page } from "../e2e/page.js";
import { type Emulator, startEmulator } from "./emulator.js";
import { type Front, startFront } from "./front.js";
import { namesOfItsOwn, namesWithVault, Stack } from "./stack.js";

let emulator: Emulator;
let stack: Stack;
let front: Front;
let browser: Browser;
let demo: Page;

/**
 * What is otherwise than at AWS: the front does not know the issuer's host, and the emulator's API sends no CORS headers with a 401 of its
 * own.
 */
const KNOWN_OF_EMULATOR = ["discovery_unreachable", "api_401_without_cors"];

const user = { username: "ada@example.com", password: "correct-horse-battery" };

describe.each([
  ["the app's origin", namesOfItsOwn],
  ["an origin of its own", namesWithVault],
])("with the vault on %s,", (_, parameters) => {
  const stackHasVault = "VaultDomainName" in parameters;
  beforeAll(async () => {
    emulator = await startEmulator();
    stack = await Stack.deploy(emulator, "notes", parameters);
    await stack.upload();
    await makeUser();
    await tellCors();
    front = await startFront(stack);
    browser = await launch("chromium", { chromiumArguments: front.chromiumArguments });
    demo = new Page(browser, {
      app: { origin: stack.outputs.AppOrigin },
      ...(stack.outputs.VaultOrigin ? { vault: { origin: stack.outputs.VaultOrigin } } : {}),
      authorizationServer: { origin: stack.outputs.LoginDomain },
    });
  });

  afterAll(async () => {
    await browser?.close();
    await front?.close();
    await emulator?.stop();
  });

  beforeEach(() => {
    front.passed.length = 0;
  });

  if (stackHasVault)
    test("both hosts, the user pool and the API pass the doctor", async () => {
      const { AppOrigin, ApiUrl } = stack.outputs;
      let out = "";
      const exit = await doctor(
        new URL(AppOrigin),
        { header: {}, json: true, probe: [new URL(`${ApiUrl}notes`)] },
        {
          cwd: process.cwd(),
          workerFile: built.workerFile,
          out: (text) => (out += text),
          say: (text) => (out += text),
          system: front.system,
        },
      );
      const { findings } = JSON.parse(out) as { findings: { code: string }[] };
      expect([exit, findings.map(({ code }) => code)]).toEqual([0, KNOWN_OF_EMULATOR]);
    });

  if (!stackHasVault)
    test("the host passes checkHeaders", async () => {
      const app = new URL(stack.outputs.AppOrigin);
      const options = { ...hostOptions(stack.outputs), paths: ["/a/view/of/the/app"] };
      expect(await check(app, options, new Network(app, { system: front.system }))).toEqual([]);
      expect(front.passed.map(({ url }) => url.pathname)).toContain("/vault-worker.js");
    });

  test("the API refuses requests without a session", async () => {
    expect(await demo.openConnected()).toBe("anonymous");
    expect(await statusOfNotes()).toBe(401);
  });

  test("a sign-in at the pool's own page gives a session with a token that the pool's keys verify", async () => {
    await demo.openConnected();
    await signIn();
    expect(await demo.textOf("claim-email")).toBe(user.username);

    const [authorization] = passed("/oauth2/authorize");
    expect(Object.fromEntries(authorization?.url.searchParams ?? [])).toMatchObject({
      response_type: "code",
      client_id: stack.outputs.ClientId,
      redirect_uri: stack.outputs.VaultOrigin
        ? `${stack.outputs.VaultOrigin}/callback.html`
        : `${stack.outputs.AppOrigin}/auth/callback`,
      code_challenge_method: "S256",
    });
    expect(passed("/oauth2/token").map(({ status, body }) => [status, grantOf(body)])).toEqual([
      [200, "authorization_code"],
    ]);

    const { status, body } = await notes();
    expect([status, JSON.parse(body)]).toEqual([200, expect.objectContaining({ notes: [] })]);
    expect(passed("/api/notes").map(({ method }) => method)).toEqual(["OPTIONS", "GET"]);
    const claims = await verified(passed("/api/notes").at(-1)?.authorization);
    expect(claims).toMatchObject({ token_use: "access", client_id: stack.outputs.ClientId });
    expect(claims.scope.split(" ").toSorted()).toEqual(stack.outputs.Scopes.split(" ").toSorted());
  });

  test("a written note can be read", async () => {
    await demo.openConnected();
    await signIn();
    expect(await notes("remember")).toMatchObject({ status: 200 });
    expect(JSON.parse((await notes()).body).notes).toContain("remember");
  });

  test("a renewal gets a new token that the API accepts", async () => {
    await demo.openConnected();
    await signIn();
    await notes();
    const first = passed("/api/notes").at(-1)?.authorization;
    const renewed = await browser.evaluate(async () =>
      (await fetch("/auth/refresh", { method: "POST" })).json(),
    );
    expect(renewed).toMatchObject({ status: "authenticated", error: null });
    expect(passed("/oauth2/token").map(({ status, body }) => [status, grantOf(body)])).toEqual([
      [200, "authorization_code"],
      [200, "refresh_token"],
    ]);
    expect(await notes()).toMatchObject({ status: 200 });
    const second = passed("/api/notes").at(-1)?.authorization;
    expect(second).not.toBe(first);
    expect((await verified(second)).sub).toBe((await verified(first)).sub);
  });

  test("a sign-out revokes the refresh token, goes to the pool, and leaves no token that the API accepts", async () => {
    await demo.openConnected();
    await signIn();
    await demo.signOut();
    const [revocation] = passed("/oauth2/revoke");
    const [tokens] = passed("/oauth2/token");
    expect(revocation?.status).toBe(200);
    expect(new URLSearchParams(revocation?.body).get("token")).toBe(
      JSON.parse(tokens?.answer ?? "{}").refresh_token,
    );
    expect(Object.fromEntries(passed("/logout")[0]?.url.searchParams ?? [])).toMatchObject({
      client_id: stack.outputs.ClientId,
      logout_uri: `${stack.outputs.AppOrigin}/`,
    });
    expect(await statusOfNotes()).toBe(401);
  });
});

/** Signs in at the emulator's own login page. Ends a previous session. */
async function signIn(): Promise<void> {
  if ((await demo.textOf("status")) === "authenticated") await demo.signOut();
  front.passed.length = 0;
  await demo.click("sign-in");
  const login = new URL(stack.outputs.LoginDomain).origin;
  await browser.waitFor("the login page", async () => new URL(await browser.url()).origin === login);
  await browser.driver.findElement({ name: "username" }).sendKeys(user.username);
  await browser.driver.findElement({ name: "password" }).sendKeys(user.password);
  await browser.click("button[type=submit]");
  await demo.waitForStatus("authenticated");
}

/** The sample API's response to the page: for the notes, or for one note. */
async function notes(note?: string): Promise<{ status: number; body: string }> {
  return await browser.evaluate(
    async (url, note) => {
      const response = await fetch(url, note === null ? {} : { method: "POST", body: note });
      return { status: response.status, body: await response.text() };
    },
    `${stack.outputs.ApiUrl}notes`,
    note ?? null,
  );
}

/** The status as the front saw it: the emulator's own 401 has no CORS headers, so the page sees a network error. */
async function statusOfNotes(): Promise<number | undefined> {
  await notes().catch(() => {});
  return passed("/api/notes").findLast(({ method }) => method === "GET")?.status;
}

function passed(path: string) {
  return front.passed.filter(({ url }) => url.pathname === path);
}

function grantOf(body: string): string | null {
  return new URLSearchParams(body).get("grant_type");
}

/** The claims of an access token, verified by AWS's own library with the keys that the pool publishes. */
async function verified(authorization: string | undefined) {
  const { UserPoolId: userPoolId, ClientId: clientId } = stack.outputs;
  const jwks = await fetch(`${emulator.url}/${userPoolId}/.well-known/jwks.json`);
  const cache = new SimpleJwksCache({ fetcher: { fetch: () => jwks.arrayBuffer() } });
  const verifier = CognitoJwtVerifier.create(
    { userPoolId, clientId, tokenUse: "access", scope: "api/notes.read" },
    { jwksCache: cache },
  );
  return await verifier.verify(authorization?.replace(/^Bearer /, "") ?? "");
}

async function makeUser(): Promise<void> {
  const { UserPoolId } = stack.outputs;
  const whose = ["--user-pool-id", UserPoolId, "--username", user.username];
  const email = ["--user-attributes", `Name=email,Value=${user.username}`, "Name=email_verified,Value=true"];
  await emulator.aws("cognito-idp", "admin-create-user", ...whose, ...email);
  const password = ["--password", user.password, "--permanent"];
  await emulator.aws("cognito-idp", "admin-set-user-password", ...whose, ...password);
}

/**
 * Sets the template's CORS settings once more: the emulator stores those from CloudFormation under names that it does not
 * read.
 */
async function tellCors(): Promise<void> {
  const { CorsConfiguration: cors } = stack.asked("Api");
  const api = ["--api-id", stack.ids.Api ?? ""];
  await emulator.aws("apigatewayv2", "update-api", ...api, "--cors-configuration", JSON.stringify(cors));
}
