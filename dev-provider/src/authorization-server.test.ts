import { createHash } from "node:crypto";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { type AuthorizationServer, startAuthorizationServer } from "./authorization-server.js";
import type { AuthorizationServerTesting } from "./authorization-server-testing.js";
import { listen } from "./loopback.js";
import { TestApp, type TokenResponse } from "./test-support/sign-in.js";
import { ada, bob } from "./users.js";

const redirectUri = "http://localhost:5173/auth/callback";
const signOutUri = "http://localhost:5173/";

let server: AuthorizationServer & { testing: AuthorizationServerTesting };
let app: TestApp;

beforeAll(async () => {
  server = await startAuthorizationServer({
    listener: await listen(),
    redirectUris: [redirectUri],
    signOutUris: [signOutUri],
    testing: true,
  });
});
beforeEach(() => {
  app = new TestApp(server, redirectUri);
});
afterEach(() => {
  server.testing.reset();
  vi.useRealTimers();
});
afterAll(() => server.close());

describe("signing in", () => {
  it("returns a code and the state, without iss", async () => {
    const request = app.authorizationRequest();
    const callback = await app.fillIn(request, ada);
    expect([...callback.searchParams.keys()].sort()).toEqual(["code", "state"]);
    expect(callback.searchParams.get("state")).toBe(request.state);
  });

  it("shows the form again after a wrong password", async () => {
    const request = app.authorizationRequest();
    const form = await app.follow(await app.browser.get(request.url));
    const wrong = await app.browser.post(form, { username: "ada", password: "<nope>", action: "sign-in" });
    const html = await wrong.text();
    expect(wrong.status).toBe(400);
    expect(html).toContain('role="alert"');
    expect(html).toContain('value="ada"');
    expect(html).not.toContain("nope");

    const right = await app.browser.post(form, {
      username: "ada",
      password: ada.password,
      action: "sign-in",
    });
    expect((await app.follow(right)).searchParams.get("code")).toBeTruthy();
  });

  it("returns access_denied if the user cancels", async () => {
    const request = app.authorizationRequest();
    const form = await app.follow(await app.browser.get(request.url));
    const callback = await app.follow(
      await app.browser.post(form, { username: "", password: "", action: "cancel" }),
    );
    expect(callback.searchParams.get("error")).toBe("access_denied");
    expect(callback.searchParams.get("state")).toBe(request.state);
    expect(callback.searchParams.has("iss")).toBe(false);
  });

  it("fills in the login_hint, escaped", async () => {
    const { url } = app.authorizationRequest({ login_hint: 'a"><script>' });
    const form = await app.browser.get(await app.follow(await app.browser.get(url)));
    expect(await form.text()).toContain('value="a&#34;&#62;&#60;script&#62;"');
  });

  it("keeps the sign-ins of two tabs apart", async () => {
    const [first, second] = [app.authorizationRequest(), app.authorizationRequest()];
    const firstForm = await app.follow(await app.browser.get(first.url));
    const secondForm = await app.follow(await app.browser.get(second.url));
    const fields = { username: ada.username, password: ada.password, action: "sign-in" };
    const secondCallback = await app.follow(await app.browser.post(secondForm, fields));
    const firstCallback = await app.follow(await app.browser.post(firstForm, fields));
    expect(secondCallback.searchParams.get("state")).toBe(second.state);
    expect(firstCallback.searchParams.get("state")).toBe(first.state);
  });

  it("changes the user if another one signs in", async () => {
    await app.signIn(ada);
    const tokens = await app.signIn(bob, { prompt: "login" });
    expect(decodeJwt(tokens.id_token)["cognito:username"]).toBe("bob");
  });

  it("shows an error page for an expired form", async () => {
    const form = await app.follow(await app.browser.get(app.authorizationRequest().url));
    await app.follow(await app.browser.post(form, { action: "cancel" }));
    const again = await app.browser.get(form);
    expect(again.status).toBe(400);
    expect(await again.text()).toContain('role="alert"');
  });

  it.each([
    ["plain PKCE", { code_challenge_method: "plain" }],
    ["no PKCE", { code_challenge: undefined, code_challenge_method: undefined }],
  ])("refuses %s", async (_name, overrides) => {
    const callback = await app.follow(await app.browser.get(app.authorizationRequest(overrides).url));
    expect(callback.searchParams.get("error")).toBe("invalid_request");
    expect(callback.searchParams.has("code")).toBe(false);
    expect(callback.searchParams.has("iss")).toBe(false);
  });

  it.each([
    ["an unregistered redirect URI", { redirect_uri: "http://localhost:5173/elsewhere" }],
    ["an unknown client", { client_id: "somebody" }],
  ])("shows a page and redirects nowhere for %s", async (_name, overrides) => {
    const response = await app.browser.get(app.authorizationRequest(overrides).url);
    expect(response.status).toBe(400);
    expect(response.headers.get("location")).toBeNull();
    expect(await response.text()).toContain('role="alert"');
  });
});

describe("the browser's session", () => {
  it("is a Lax cookie named cognito that lasts an hour", async () => {
    const form = await app.follow(await app.browser.get(app.authorizationRequest().url));
    const resume = await app.browser.post(form, {
      username: "ada",
      password: ada.password,
      action: "sign-in",
    });
    const response = await app.browser.get(resume.headers.get("location") ?? "");
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith("cognito=")) ?? "";
    expect(cookie).toMatch(/samesite=lax/i);
    expect(cookie).toMatch(/httponly/i);
    expect(cookie).toMatch(/path=\/;/i);
    const expires = Date.parse(/expires=([^;]+)/.exec(cookie)?.[1] ?? "");
    expect(Math.round((expires - Date.now()) / 60_000)).toBe(60);
  });

  it("returns login_required for prompt=none without a session", async () => {
    const request = app.authorizationRequest({ prompt: "none" });
    const callback = await app.follow(await app.browser.get(request.url));
    expect(callback.searchParams.get("error")).toBe("login_required");
    expect(callback.searchParams.get("state")).toBe(request.state);
  });

  it("returns a code for prompt=none with a session", async () => {
    await app.signIn();
    const request = app.authorizationRequest({ prompt: "none" });
    const callback = await app.follow(await app.browser.get(request.url));
    const response = await app.exchange(callback.searchParams.get("code") ?? "", request.verifier);
    expect(decodeJwt(((await response.json()) as TokenResponse).id_token)).toMatchObject({
      sub: ada.sub,
      nonce: request.nonce,
    });
  });

  it("ends at /logout, which sends the browser to a registered URI", async () => {
    const { refresh_token } = await app.signIn();
    const { logout } = server.endpoints;
    const response = await app.browser.get(
      `${logout}?${new URLSearchParams({ client_id: server.clientId, logout_uri: signOutUri })}`,
    );
    expect([response.status, response.headers.get("location")]).toEqual([302, signOutUri]);
    const callback = await app.follow(
      await app.browser.get(app.authorizationRequest({ prompt: "none" }).url),
    );
    expect(callback.searchParams.get("error")).toBe("login_required");
    // As at Cognito: refresh tokens are revoked, not signed out.
    expect((await app.refresh(refresh_token)).status).toBe(200);
  });

  it("does not end for an unregistered logout_uri", async () => {
    await app.signIn();
    const query = new URLSearchParams({
      client_id: server.clientId,
      logout_uri: "http://localhost:5173.example.com/",
    });
    expect((await app.browser.get(`${server.endpoints.logout}?${query}`)).status).toBe(400);
    const callback = await app.follow(
      await app.browser.get(app.authorizationRequest({ prompt: "none" }).url),
    );
    expect(callback.searchParams.has("code")).toBe(true);
  });
});

describe("pages", () => {
  it("send X-Frame-Options: DENY and a Content-Security-Policy, redirects the former", async () => {
    const redirect = await app.browser.get(app.authorizationRequest().url);
    expect(redirect.headers.get("x-frame-options")).toBe("DENY");
    const page = await app.browser.get(await app.follow(redirect));
    expect(page.headers.get("x-frame-options")).toBe("DENY");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.headers.get("content-security-policy")).toContain(
      "form-action 'self' http://localhost:5173;",
    );
  });

  it("are only those that Cognito has", async () => {
    for (const path of ["/", "/jwks", "/.well-known/openid-configuration", "/session/end/confirm"])
      expect((await fetch(server.origin + path)).status).toBe(404);
  });

  it("name the test user only with `hint`", async () => {
    const form = await app.browser.get(
      await app.follow(await app.browser.get(app.authorizationRequest().url)),
    );
    expect(await form.text()).not.toContain(ada.password);

    const hinting = await startAuthorizationServer({
      listener: await listen(),
      redirectUris: [redirectUri],
      signOutUris: [],
      hint: ada,
    });
    const other = new TestApp(hinting, redirectUri);
    const page = await other.browser.get(
      await other.follow(await other.browser.get(other.authorizationRequest().url)),
    );
    expect(await page.text()).toContain(ada.password);
    expect(hinting.testing).toBeUndefined();
    await hinting.close();
  });
});

describe("tokens", () => {
  it("have Cognito's claims and signatures", async () => {
    const request = app.authorizationRequest();
    const callback = await app.fillIn(request, ada);
    const response = await app.exchange(callback.searchParams.get("code") ?? "", request.verifier);
    expect(response.status).toBe(200);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const tokens = (await response.json()) as TokenResponse;
    expect(Object.keys(tokens)).toEqual([
      "id_token",
      "access_token",
      "refresh_token",
      "expires_in",
      "token_type",
    ]);
    expect(tokens).toMatchObject({ expires_in: 3600, token_type: "Bearer" });

    const discovery = await (await fetch(`${server.issuer}/.well-known/openid-configuration`)).json();
    expect(discovery).toMatchObject({ issuer: server.issuer, token_endpoint: server.endpoints.token });
    const keys = createRemoteJWKSet(new URL(server.endpoints.jwks));
    const id = await jwtVerify(tokens.id_token, keys, { issuer: server.issuer, audience: server.clientId });
    const access = await jwtVerify(tokens.access_token, keys, { issuer: server.issuer });
    expect(id.protectedHeader.kid).not.toBe(access.protectedHeader.kid);
    expect(id.payload).toMatchObject({
      sub: ada.sub,
      token_use: "id",
      nonce: request.nonce,
      at_hash: createHash("sha256")
        .update(tokens.access_token)
        .digest()
        .subarray(0, 16)
        .toString("base64url"),
      "cognito:username": "ada",
      "cognito:groups": ["writers"],
      email: "ada@example.com",
      email_verified: true,
    });
    expect(access.payload).toMatchObject({
      sub: ada.sub,
      token_use: "access",
      client_id: server.clientId,
      username: "ada",
      scope: "openid email profile notes/read notes/write",
      "cognito:groups": ["writers"],
    });
    expect(access.payload).not.toHaveProperty("aud");
    expect(access.payload.origin_jti).toBe(id.payload.origin_jti);
    expect(server.testing.issued).toEqual({
      accessTokens: [tokens.access_token],
      idTokens: [tokens.id_token],
      refreshTokens: [tokens.refresh_token],
      codes: [callback.searchParams.get("code")],
      codeVerifiers: [request.verifier],
    });
  });

  it("have only the requested scopes", async () => {
    const { id_token, access_token } = await app.signIn(bob, { scope: "openid notes/read" });
    expect(decodeJwt(access_token).scope).toBe("openid notes/read");
    expect(decodeJwt(access_token)).not.toHaveProperty("cognito:groups");
    expect(decodeJwt(id_token)).not.toHaveProperty("email");
  });

  it("are refused for a wrong code verifier", async () => {
    const callback = await app.fillIn(app.authorizationRequest(), ada);
    const response = await app.exchange(callback.searchParams.get("code") ?? "", "w".repeat(43));
    expect([response.status, await response.json()]).toEqual([400, { error: "invalid_grant" }]);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });

  it("are issued once per code", async () => {
    const request = app.authorizationRequest();
    const code = (await app.fillIn(request, ada)).searchParams.get("code") ?? "";
    expect((await app.exchange(code, request.verifier)).status).toBe(200);
    const again = await app.exchange(code, request.verifier);
    expect([again.status, await again.json()]).toEqual([400, { error: "invalid_grant" }]);
  });

  it("can be read by any origin", async () => {
    const response = await fetch(server.endpoints.token, {
      method: "OPTIONS",
      headers: { origin: "http://localhost:5173", "access-control-request-method": "POST" },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });

  it.each([
    [
      "an unknown client",
      { client_id: "somebody", grant_type: "refresh_token", refresh_token: "x" },
      "invalid_client",
    ],
    ["an unknown grant", { client_id: "strongroom-demo", grant_type: "password" }, "unsupported_grant_type"],
    ["nothing", {}, "invalid_request"],
  ])("are refused to %s with a 400, even when HTML is preferred", async (_name, fields, error) => {
    const response = await app.browser.post(server.endpoints.token, fields);
    expect([response.status, await response.json()]).toEqual([400, { error }]);
  });
});

describe("refreshing", () => {
  it("returns no refresh token and no nonce, and the old refresh token stays valid", async () => {
    const { refresh_token, access_token } = await app.signIn();
    for (let round = 0; round < 2; round++) {
      const tokens = (await (await app.refresh(refresh_token)).json()) as TokenResponse;
      expect(Object.keys(tokens)).toEqual(["id_token", "access_token", "expires_in", "token_type"]);
      expect(decodeJwt(tokens.id_token)).not.toHaveProperty("nonce");
      expect(decodeJwt(tokens.id_token).auth_time).toBe(decodeJwt(access_token).auth_time);
      expect(decodeJwt(tokens.access_token).origin_jti).toBe(decodeJwt(access_token).origin_jti);
      expect(decodeJwt(tokens.access_token).jti).not.toBe(decodeJwt(access_token).jti);
    }
    expect(server.testing.tokenRequests.map(({ grantType, outcome }) => [grantType, outcome])).toEqual([
      ["authorization_code", "ok"],
      ["refresh_token", "ok"],
      ["refresh_token", "ok"],
    ]);
  });

  it("with rotation replaces the token at once, and refuses the old one without ending the new one", async () => {
    const { refresh_token: old } = await app.signIn();
    server.testing.settings.rotation = { graceSeconds: 0 };
    const { refresh_token: next } = (await (await app.refresh(old)).json()) as TokenResponse;
    expect(next).toBeTruthy();
    expect(next).not.toBe(old);
    const reuse = await app.refresh(old);
    expect([reuse.status, await reuse.json()]).toEqual([400, { error: "invalid_grant" }]);
    expect((await app.refresh(next)).status).toBe(200);
    expect(server.testing.tokenRequests.map(({ outcome }) => outcome)).toEqual([
      "ok",
      "ok",
      "invalid_grant",
      "ok",
    ]);
  });

  it("with a grace period accepts the old token until it ends", async () => {
    const { refresh_token: old } = await app.signIn();
    server.testing.settings.rotation = { graceSeconds: 60 };
    vi.useFakeTimers({ toFake: ["Date"] });
    expect((await app.refresh(old)).status).toBe(200);
    vi.setSystemTime(Date.now() + 59_000);
    expect((await app.refresh(old)).status).toBe(200);
    vi.setSystemTime(Date.now() + 1000);
    expect((await app.refresh(old)).status).toBe(400);
  });

  it("ends with the first refresh token's lifetime, rotated or not", async () => {
    server.testing.settings.refreshTokenLifetime = 600;
    server.testing.settings.rotation = { graceSeconds: 0 };
    const { refresh_token: first } = await app.signIn();
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 500_000);
    const { refresh_token: second } = (await (await app.refresh(first)).json()) as TokenResponse;
    vi.setSystemTime(Date.now() + 101_000);
    const response = await app.refresh(second);
    expect([response.status, await response.json()]).toEqual([400, { error: "invalid_grant" }]);
  });

  it("is refused after revocation", async () => {
    const { refresh_token } = await app.signIn();
    const revoked = await app.revoke(refresh_token);
    expect([revoked.status, revoked.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
    expect((await app.refresh(refresh_token)).status).toBe(400);
    expect(server.testing.revocationRequests.map(({ outcome }) => outcome)).toEqual(["ok"]);
  });

  it("does not affect other sign-ins when one is revoked", async () => {
    const [first, second] = [await app.signIn(), await new TestApp(server, redirectUri).signIn()];
    await app.revoke(first.refresh_token);
    expect((await app.refresh(second.refresh_token)).status).toBe(200);
  });
});

describe("revoking", () => {
  it("accepts only refresh tokens", async () => {
    const { access_token, id_token } = await app.signIn();
    for (const token of [access_token, id_token]) {
      const response = await app.revoke(token);
      expect([response.status, await response.json()]).toEqual([400, { error: "unsupported_token_type" }]);
    }
  });
});

describe("the testing handle", () => {
  it("shortens lifetimes", async () => {
    Object.assign(server.testing.settings, { accessTokenLifetime: 5, idTokenLifetime: 7 });
    const tokens = await app.signIn();
    expect(tokens.expires_in).toBe(5);
    const [access, id] = [decodeJwt(tokens.access_token), decodeJwt(tokens.id_token)];
    expect([(access.exp ?? 0) - (access.iat ?? 0), (id.exp ?? 0) - (id.iat ?? 0)]).toEqual([5, 7]);
  });

  it("changes claims and responses", async () => {
    server.testing.settings.changeIdTokenClaims = (claims) => ({ ...claims, aud: "somebody" });
    server.testing.settings.changeTokenResponse = (response) => ({ ...response, token_type: "DPoP" });
    const tokens = await app.signIn();
    expect(decodeJwt(tokens.id_token).aud).toBe("somebody");
    expect(tokens.token_type).toBe("DPoP");
    server.testing.reset();
    expect(decodeJwt((await app.signIn(ada, { prompt: "login" })).id_token).aud).toBe(server.clientId);
  });

  it("makes the token endpoint fail a given number of times", async () => {
    const { refresh_token } = await app.signIn();
    server.testing.tokenEndpoint.fail({
      status: 502,
      body: "<h1>Bad gateway</h1>",
      contentType: "text/html",
      headers: { "x-a": "b" },
    });
    const failed = await app.refresh(refresh_token);
    expect([failed.status, await failed.text()]).toEqual([502, "<h1>Bad gateway</h1>"]);
    expect(failed.headers.get("content-type")).toMatch(/^text\/html/);
    expect([failed.headers.get("x-a"), failed.headers.get("access-control-allow-origin")]).toEqual([
      "b",
      "*",
    ]);
    expect((await app.refresh(refresh_token)).status).toBe(200);
    expect(server.testing.tokenRequests.at(-2)).toMatchObject({ grantType: "refresh_token", outcome: "502" });
  });

  it("cuts the connection before or after the request took effect", async () => {
    const { refresh_token } = await app.signIn();
    server.testing.settings.rotation = { graceSeconds: 0 };
    server.testing.tokenEndpoint.fail({ reset: "before" });
    await expect(app.refresh(refresh_token)).rejects.toThrow();
    server.testing.tokenEndpoint.fail({ reset: "after" });
    await expect(app.refresh(refresh_token)).rejects.toThrow();
    expect((await app.refresh(refresh_token)).status).toBe(400);
    expect((await app.refresh(server.testing.issued.refreshTokens.at(-1))).status).toBe(200);
  });

  it("holds requests until they are released", async () => {
    const { refresh_token } = await app.signIn();
    const hold = server.testing.tokenEndpoint.hold();
    let answered = false;
    const answer = app.refresh(refresh_token).then((response) => {
      answered = true;
      return response;
    });
    await hold.arrived;
    expect([hold.waiting, answered]).toEqual([1, false]);
    hold.release();
    expect((await answer).status).toBe(200);
    expect((await app.refresh(refresh_token)).status).toBe(200);
  });

  it("ends a user's refresh tokens, not the browser's session", async () => {
    const [mine, bobs] = [await app.signIn(ada), await new TestApp(server, redirectUri).signIn(bob)];
    await server.testing.signOutEverywhere("ada");
    expect((await app.refresh(mine.refresh_token)).status).toBe(400);
    expect((await app.refresh(bobs.refresh_token)).status).toBe(200);
    const callback = await app.follow(
      await app.browser.get(app.authorizationRequest({ prompt: "none" }).url),
    );
    expect(callback.searchParams.has("code")).toBe(true);
  });

  it("ends browser sessions, not refresh tokens", async () => {
    const { refresh_token } = await app.signIn();
    await server.testing.endBrowserSessions();
    const callback = await app.follow(
      await app.browser.get(app.authorizationRequest({ prompt: "none" }).url),
    );
    expect(callback.searchParams.get("error")).toBe("login_required");
    expect((await app.refresh(refresh_token)).status).toBe(200);
  });

  it("records authorization requests", async () => {
    const { url, nonce } = app.authorizationRequest({ identity_provider: "COGNITO", lang: "de" });
    await app.browser.get(url);
    expect(server.testing.authorizationRequests).toMatchObject([
      { nonce, identity_provider: "COGNITO", lang: "de" },
    ]);
  });
});

describe("a user pool with an issuer type", () => {
  it.each([
    ["ORIGINAL", "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Strongroo"],
    ["UPDATED", "https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Strongroo"],
  ] as const)("%s names that issuer in both tokens and in its discovery document", async (type, issuer) => {
    const pool = await startAuthorizationServer({
      listener: await listen(),
      issuerType: type,
      redirectUris: [redirectUri],
      signOutUris: [signOutUri],
    });
    onTestFinished(() => pool.close());
    const { id_token, access_token } = await new TestApp(pool, redirectUri).signIn();
    const discovery = pool.endpoints.jwks.replace("jwks.json", "openid-configuration");
    expect([
      pool.issuer,
      decodeJwt(id_token).iss,
      decodeJwt(access_token).iss,
      ((await (await fetch(discovery)).json()) as { issuer: string }).issuer,
    ]).toEqual([issuer, issuer, issuer, issuer]);
  });
});

describe("a login domain on 127.0.0.1", () => {
  it("has its own issuer and works the same", async () => {
    const crossSite = await startAuthorizationServer({
      listener: await listen(),
      hostname: "127.0.0.1",
      redirectUris: [redirectUri],
      signOutUris: [signOutUri],
    });
    const { id_token } = await new TestApp(crossSite, redirectUri).signIn();
    expect(decodeJwt(id_token).iss).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/eu-central-1_Strongroo$/);
    await crossSite.close();
  });
});
