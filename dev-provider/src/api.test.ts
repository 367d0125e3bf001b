import { createHash } from "node:crypto";
import { decodeJwt, type JWTPayload } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Api, startApi } from "./api.js";
import type { ApiTesting } from "./api-testing.js";
import { type AuthorizationServer, startAuthorizationServer } from "./authorization-server.js";
import type { AuthorizationServerTesting } from "./authorization-server-testing.js";
import { listen } from "./loopback.js";
import { TestApp, type TokenResponse } from "./test-support/sign-in.js";
import { ada, bob } from "./users.js";

const redirectUri = "http://localhost:5173/auth/callback";

let server: AuthorizationServer & { testing: AuthorizationServerTesting };
let http: Api & { testing: ApiTesting };
let rest: Api & { testing: ApiTesting };
let tokens: TokenResponse;

beforeAll(async () => {
  server = await startAuthorizationServer({
    listener: await listen(),
    redirectUris: [redirectUri],
    signOutUris: [],
    testing: true,
  });
  const options = { authorizationServer: server, testing: true } as const;
  http = await startApi({ ...options, listener: await listen() });
  rest = await startApi({ ...options, listener: await listen(), flavour: "rest" });
  tokens = await new TestApp(server, redirectUri).signIn();
});
afterEach(() => {
  for (const { testing } of [server, http, rest]) testing.reset();
});
afterAll(() => Promise.all([server, http, rest].map((each) => each.close())));

function send(api: Api, path: string, token?: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...init.headers };
  return fetch(new URL(path, api.url), { redirect: "manual", ...init, headers });
}

async function contentOf(response: Response): Promise<[number, unknown]> {
  return [response.status, await response.json()];
}

async function tokensWith(claims: JWTPayload): Promise<TokenResponse> {
  server.testing.settings.changeAccessTokenClaims = (original) => ({ ...original, ...claims });
  server.testing.settings.changeIdTokenClaims = (original) => ({ ...original, ...claims });
  return new TestApp(server, redirectUri).signIn();
}

const expired = { iat: 1_000_000_000, exp: 1_000_003_600 };

describe("an HTTP API", () => {
  it("returns the caller's claims, never the token", async () => {
    const response = await send(http, "me", tokens.access_token);
    const me = await response.json();
    expect(me).toEqual({
      scheme: "Bearer",
      tokenUse: "access",
      jtiTail: decodeJwt(tokens.access_token).jti?.slice(-6),
      sub: ada.sub,
      username: "ada",
      scope: "openid email profile notes/read notes/write",
      groups: ["writers"],
      receivedAt: expect.stringMatching(/^\d{4}-/),
    });
  });

  it("accepts an ID token only at routes without scopes", async () => {
    const me = (await (await send(http, "me", tokens.id_token)).json()) as {
      tokenUse: string;
      username: string;
    };
    expect([me.tokenUse, me.username]).toEqual(["id", "ada"]);
    expect(await contentOf(await send(http, "notes", tokens.id_token))).toEqual([
      403,
      { message: "Forbidden" },
    ]);
  });

  it("refuses a request without a token", async () => {
    const response = await send(http, "notes");
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    expect(await contentOf(response)).toEqual([401, { message: "Unauthorized" }]);
  });

  it.each([
    ["expired", expired],
    ["of another issuer", { iss: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Other" }],
    ["of another client", { client_id: "somebody" }],
    ["of no use that Cognito knows", { token_use: "refresh" }],
  ])("refuses a token %s", async (_name, claims) => {
    const response = await send(http, "notes", (await tokensWith(claims)).access_token);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer error="invalid_token"/);
    expect(await contentOf(response)).toEqual([401, { message: "Unauthorized" }]);
  });

  it("refuses a token whose signature is not the authorization server's", async () => {
    const [header, payload, signature = ""] = tokens.access_token.split(".");
    const forged = `${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
    expect((await send(http, "notes", forged)).status).toBe(401);
    expect((await send(http, "notes", "junk")).status).toBe(401);
    expect(
      (await send(http, "notes", undefined, { headers: { authorization: tokens.access_token } })).status,
    ).toBe(401);
  });

  it("refuses a token that lacks the route's scope", async () => {
    const reader = await new TestApp(server, redirectUri).signIn(ada, { scope: "openid notes/read" });
    expect((await send(http, "notes", reader.access_token)).status).toBe(200);
    const response = await send(http, "notes", reader.access_token, { method: "POST", body: '{"text":"x"}' });
    expect(response.headers.get("www-authenticate")).toMatch(/insufficient_scope/);
    expect(await contentOf(response)).toEqual([403, { message: "Forbidden" }]);
  });

  it("allows pages of any origin, also to read a 401", async () => {
    const preflight = await send(http, "notes", undefined, {
      method: "OPTIONS",
      headers: {
        origin: "http://localhost:5173",
        "access-control-request-method": "DELETE",
        "access-control-request-headers": "authorization,content-type",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-headers")).toBe("Authorization,Content-Type");
    expect(preflight.headers.get("access-control-allow-methods")).toContain("DELETE");

    const refusal = await send(http, "notes", undefined, { headers: { origin: "http://localhost:5173" } });
    expect([refusal.status, refusal.headers.get("access-control-allow-origin")]).toEqual([401, "*"]);
    expect(refusal.headers.get("access-control-expose-headers")).toBe("Content-Disposition");
  });

  it("has no other routes", async () => {
    expect(await contentOf(await send(http, "nothing", tokens.access_token))).toEqual([
      404,
      { message: "Not Found" },
    ]);
  });
});

describe("a REST API", () => {
  it("accepts ID tokens at routes without scopes, and access tokens at routes with one", async () => {
    expect((await send(rest, "me", tokens.id_token)).status).toBe(200);
    expect((await send(rest, "me", tokens.access_token)).status).toBe(401);
    expect((await send(rest, "notes", tokens.access_token)).status).toBe(200);
    expect((await send(rest, "notes", tokens.id_token)).status).toBe(401);
  });

  it("refuses an expired token with its own message, without CORS headers", async () => {
    const origin = { headers: { origin: "http://localhost:5173" } };
    const missing = await send(rest, "notes", undefined, origin);
    expect(missing.headers.get("access-control-allow-origin")).toBeNull();
    expect(await contentOf(missing)).toEqual([401, { message: "Unauthorized" }]);
    const late = await send(rest, "notes", (await tokensWith(expired)).access_token, origin);
    expect(late.headers.get("access-control-allow-origin")).toBeNull();
    expect(await contentOf(late)).toEqual([401, { message: "The incoming token has expired" }]);
    const good = await send(rest, "notes", tokens.access_token, origin);
    expect(good.headers.get("access-control-allow-origin")).toBe("*");
  });
});

describe("notes", () => {
  const json = { "content-type": "application/json" };

  it("are added, listed in order and deleted", async () => {
    const add = (text: string) =>
      send(http, "notes", tokens.access_token, {
        method: "POST",
        headers: json,
        body: JSON.stringify({ text }),
      });
    const first = await add(" first ");
    expect(first.status).toBe(201);
    const note = (await first.json()) as { id: string };
    expect(note).toMatchObject({ text: "first", file: null, createdAt: expect.any(String) });
    await add("second");

    const list = async () =>
      (await (await send(http, "notes", tokens.access_token)).json()) as { id: string; text: string }[];
    expect((await list()).map(({ text }) => text)).toEqual(["first", "second"]);
    for (const { id } of await list()) {
      expect((await send(http, `notes/${id}`, tokens.access_token, { method: "DELETE" })).status).toBe(204);
    }
    expect(await list()).toEqual([]);
    expect((await send(http, `notes/${note.id}`, tokens.access_token, { method: "DELETE" })).status).toBe(
      404,
    );
  });

  it.each(["", "{}", "[]", '{"text":" "}', '{"text":1}', "{"])("are not made of %j", async (body) => {
    expect(
      (await send(http, "notes", tokens.access_token, { method: "POST", headers: json, body })).status,
    ).toBe(400);
  });

  it("belong to their user", async () => {
    const bobs = await new TestApp(server, redirectUri).signIn(bob);
    const body = JSON.stringify({ text: "mine" });
    const added = await send(http, "notes", tokens.access_token, { method: "POST", headers: json, body });
    const { id } = (await added.json()) as { id: string };
    expect(await (await send(http, "notes", bobs.access_token)).json()).toEqual([]);
    expect((await send(http, `notes/${id}`, bobs.access_token, { method: "DELETE" })).status).toBe(404);
    expect((await send(http, `notes/${id}`, tokens.access_token, { method: "DELETE" })).status).toBe(204);
  });

  it("carry a file, uploaded and downloaded as streams", async () => {
    const body = JSON.stringify({ text: "with a file" });
    const added = await send(http, "notes", tokens.access_token, { method: "POST", headers: json, body });
    const { id } = (await added.json()) as { id: string };
    expect((await send(http, `notes/${id}/file`, tokens.access_token)).status).toBe(404);

    const content = Buffer.alloc(5_000_000, "strongroom");
    const put = await send(
      http,
      `notes/${id}/file?name=${encodeURIComponent("записка.html")}`,
      tokens.access_token,
      {
        method: "PUT",
        headers: { "content-type": "text/html" },
        body: streamOf(content),
        duplex: "half",
      } as RequestInit,
    );
    expect(await contentOf(put)).toEqual([
      200,
      expect.objectContaining({
        id,
        file: { name: "записка.html", type: "text/html", bytes: content.length },
      }),
    ]);

    const file = await send(http, `notes/${id}/file`, tokens.access_token);
    expect(file.headers.get("content-disposition")).toMatch(/^attachment;.*filename\*=UTF-8''%D0%B7%D0%B0/);
    expect(file.headers.get("content-type")).toBe("text/html");
    expect(Buffer.from(await file.arrayBuffer()).equals(content)).toBe(true);

    const tooLarge = await send(http, `notes/${id}/file`, tokens.access_token, {
      method: "PUT",
      body: Buffer.alloc(64 * 1024 * 1024 + 1),
    });
    expect(tooLarge.status).toBe(413);
  });
});

describe("streams", () => {
  it("up: the body is hashed, not kept", async () => {
    const content = Buffer.alloc(5_000_000, "0123456789");
    const response = await send(http, "upload", tokens.access_token, {
      method: "POST",
      body: streamOf(content),
      duplex: "half",
    } as RequestInit);
    expect(await response.json()).toEqual({
      bytes: content.length,
      sha256: createHash("sha256").update(content).digest("hex"),
    });
  });

  it("up: a refused upload gets its response", async () => {
    const response = await send(http, "upload", undefined, { method: "POST", body: Buffer.alloc(5_000_000) });
    expect(response.status).toBe(401);
  });

  it("down: as many bytes as requested", async () => {
    const response = await send(http, "download?bytes=1000001", tokens.access_token);
    expect(response.headers.get("content-length")).toBe("1000001");
    expect((await response.arrayBuffer()).byteLength).toBe(1_000_001);
    expect((await send(http, "download?bytes=-1", tokens.access_token)).status).toBe(400);
    expect((await send(http, "download", tokens.access_token)).status).toBe(400);
  });

  it("of events: one at once, then one each half second, up to the requested number", async () => {
    const response = await send(http, "events?count=3", tokens.access_token);
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const text = await response.text();
    expect(text.match(/^id: \d$/gm)).toEqual(["id: 1", "id: 2", "id: 3"]);
    expect(text.match(/^event: tick$/gm)).toHaveLength(3);
  });

  it("of events: an endless one ends with its reader", async () => {
    const response = await send(http, "events", tokens.access_token);
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toMatch(
      /^id: 1\nevent: tick\ndata: \{.*\}\n\n$/,
    );
    await reader?.cancel();
  });

  it("of an image", async () => {
    const response = await send(http, "pixel.png", tokens.access_token);
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(
      Buffer.from(await response.arrayBuffer())
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
  });
});

describe("the testing handle", () => {
  it("records what was received", async () => {
    await send(http, "notes?a=b", tokens.access_token, {
      headers: { origin: "http://localhost:5173", cookie: "a=b" },
    });
    await send(http, "upload", undefined, { method: "POST", body: "abc" });
    expect(http.testing.requests).toMatchObject([
      {
        method: "GET",
        path: "/v1/notes",
        query: { a: "b" },
        authorization: {
          scheme: "Bearer",
          jti: decodeJwt(tokens.access_token).jti,
          raw: `Bearer ${tokens.access_token}`,
        },
        origin: "http://localhost:5173",
        cookies: "a=b",
        contentLength: null,
        status: 200,
      },
      {
        method: "POST",
        path: "/v1/upload",
        authorization: null,
        origin: null,
        cookies: null,
        contentLength: 3,
        status: 401,
      },
    ]);
  });

  it("refuses the given number of requests, as the API's flavour does", async () => {
    http.testing.answer401(2);
    const statuses: number[] = [];
    for (let request = 0; request < 3; request++)
      statuses.push((await send(http, "me", tokens.access_token)).status);
    expect(statuses).toEqual([401, 401, 200]);
    rest.testing.answer401(1);
    const refusal = await send(rest, "notes", tokens.access_token);
    expect([refusal.status, refusal.headers.get("access-control-allow-origin")]).toEqual([401, null]);
  });

  it("adds a redirect and an echo, which exist only for tests", async () => {
    const to = `${rest.url}echo`;
    const redirect = await send(http, `redirect?${new URLSearchParams({ to })}`, tokens.access_token);
    expect([redirect.status, redirect.headers.get("location")]).toEqual([302, to]);
    expect(await (await send(http, "echo", "token")).json()).toMatchObject({ authorization: "Bearer token" });

    const plain = await startApi({ listener: await listen(), authorizationServer: server });
    expect((await send(plain, "echo", "token")).status).toBe(404);
    expect((await send(plain, `redirect?${new URLSearchParams({ to })}`)).status).toBe(404);
    expect(plain.testing).toBeUndefined();
    await plain.close();
  });
});

function streamOf(content: Buffer): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= content.length) return controller.close();
      controller.enqueue(content.subarray(offset, offset + 65_536));
      offset += 65_536;
    },
  });
}
