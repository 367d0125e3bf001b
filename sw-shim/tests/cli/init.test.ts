import { mkdir, readFile, rm, symlink } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withFirstLine } from "../../scripts/worker-file.mjs";
import { readWorkerScript } from "../../src/cli/configuration/read";
import { configuration, Folder, flags, workerFile } from "./support";

const library = await readFile(workerFile, "utf8");

let folder: Folder;

beforeEach(async () => {
  folder = await Folder.create({ "package.json": '{\n    "name": "app"\n}\n', "public/index.html": "" });
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await folder.remove();
});

/** The configuration in the written worker script. */
async function written(name = "public/vault-worker.js") {
  return readWorkerScript(await folder.read(name), "https://app.example.com").configuration;
}

/** `issuer` serves this discovery document and nothing else, as hosts do that this machine has no connection to. */
function announce(issuer: string, document: object): void {
  vi.stubGlobal("fetch", async (url: string | URL) =>
    String(url) === `${issuer}/.well-known/openid-configuration`
      ? Response.json(document)
      : new Response("Not found", { status: 404 }),
  );
}

describe("with flags", () => {
  it("copies the worker file, writes the worker script, and records the folder", async () => {
    const { exit, said } = await folder.strongroom(["init", "public", ...flags]);
    expect([exit, said]).toEqual([0, expect.stringContaining("Next steps")]);
    expect(await folder.read("public/strongroom-worker.js")).toBe(library);
    expect(await written()).toEqual(configuration);
    expect(await folder.read("package.json")).toBe(
      '{\n    "name": "app",\n    "strongroom": {\n        "public": "public"\n    }\n}\n',
    );
  });

  it("takes scopes, several APIs, a base path and a recovery", async () => {
    await folder.strongroom([
      "init",
      "public",
      ...flags,
      ...["--api", "/api/", "--scopes", "openid api/read", "--scopes", "email"],
      ...["--base-path", "/session", "--recovery", "none"],
    ]);
    expect(await written()).toEqual({
      ...configuration,
      scopes: ["openid", "api/read", "email"],
      api: [{ url: "https://api.example.com/v1/" }, { url: "/api/" }],
      basePath: "/session",
      recovery: "none",
    });
  });

  it("prints the URLs to register for an app in a folder", async () => {
    const { said } = await folder.strongroom(["init", "public", ...flags, "--scope", "/app/"]);
    expect(await written()).toEqual({ ...configuration, scope: "/app/" });
    expect(await folder.read("public/vault-worker.js")).toContain("<your origin>/app/auth/callback");
    expect(said).toContain("sign-out URL <your origin>/app/");
  });

  it("with --no-copy does not copy the worker file", async () => {
    expect((await folder.strongroom(["init", "public", "--no-copy", ...flags])).exit).toBe(0);
    await expect(folder.read("public/strongroom-worker.js")).rejects.toThrow(/ENOENT/);
    expect(await written()).toEqual(configuration);
  });

  it("with --script writes the worker script under that name", async () => {
    const { said } = await folder.strongroom(["init", "public", "--script", "sw.js", ...flags]);
    expect(await written("public/sw.js")).toEqual(configuration);
    expect(said).toContain('worker: "/sw.js"');
  });

  it("refuses what the vault would refuse, with the vault's message", async () => {
    const api = flags.map((flag) => flag.replace("https://api", "http://api"));
    const { exit, said } = await folder.strongroom(["init", "public", ...api]);
    expect([exit, said]).toEqual([2, expect.stringContaining("`api[0].url` is an http URL")]);
    await expect(folder.read("public/strongroom-worker.js")).rejects.toThrow(/ENOENT/);
    expect(await folder.read("package.json")).not.toContain("strongroom");
  });

  it("takes the endpoints of another provider from its discovery document", async () => {
    const issuer = await provider();
    const { exit } = await folder.strongroom([
      "init",
      "public",
      "--issuer",
      issuer,
      "--client-id",
      "app",
      "--api",
      "/api/",
    ]);
    expect(exit).toBe(0);
    expect(await written()).toMatchObject({
      provider: {
        issuer,
        authorizationEndpoint: `${issuer}/a`,
        tokenEndpoint: `${issuer}/t`,
        clientId: "app",
      },
    });
  });

  it("knows both issuers of a user pool, and takes its login domain from the discovery document", async () => {
    const document = {
      authorization_endpoint: "https://auth.example.com/oauth2/authorize",
      token_endpoint: "https://auth.example.com/oauth2/token",
    };
    const original = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI";
    const updated = "https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI";
    for (const [given, announced] of [
      [original, updated],
      [updated, original],
      [updated, updated],
    ] as const) {
      announce(given, { issuer: announced, ...document });
      const rest = ["--client-id", "1example23456789", "--api", "https://api.example.com/v1/", "--force"];
      const { exit } = await folder.strongroom(["init", "public", "--issuer", given, ...rest]);
      expect([exit, await written()]).toEqual([0, configuration]);
    }
  });

  it("refuses a discovery document of another issuer", async () => {
    announce("https://login.example.com", {
      issuer: "https://other.example",
      authorization_endpoint: "https://other.example/a",
      token_endpoint: "https://other.example/t",
    });
    const given = ["--issuer", "https://login.example.com", "--client-id", "app", "--api", "/api/"];
    const { exit, said } = await folder.strongroom(["init", "public", ...given]);
    expect([exit, said]).toEqual([2, expect.stringContaining("another issuer, https://other.example")]);
  });

  it("says why a provider could not be reached", async () => {
    const issuer = await provider();
    running.pop()?.close();
    const given = ["init", "public", "--issuer", issuer, "--client-id", "app", "--api", "/api/"];
    const { exit, said } = await folder.strongroom(given);
    expect([exit, said]).toEqual([2, expect.stringContaining("could not be read: connect ECONNREFUSED")]);
  });

  it.each(["AbCdEfGhI", "eu-central-1", "eu-central-1-AbC"])("calls %s a wrong user pool ID", async (id) => {
    const given = flags.map((flag) => (flag === "eu-central-1_AbCdEfGhI" ? id : flag));
    const { exit, said } = await folder.strongroom(["init", "public", ...given]);
    expect([exit, said]).toEqual([
      2,
      expect.stringContaining(`--user-pool-id: "${id}" is not a user pool ID`),
    ]);
  });

  it("says so when there is no discovery document", async () => {
    const issuer = `${await provider()}/nowhere`;
    const given = ["init", "public", "--issuer", issuer, "--client-id", "app", "--api", "/api/"];
    const { exit, said } = await folder.strongroom(given);
    expect([exit, said]).toEqual([2, expect.stringMatching(/discovery document of .* the status is 404/)]);
  });
});

describe("the worker script", () => {
  it("has a comment before each key, and types", async () => {
    await folder.strongroom(["init", "public", ...flags]);
    const lines = (await folder.read("public/vault-worker.js")).split("\n");
    expect(lines[0]).toBe('/// <reference types="strongroom/strongroom-worker.js" />');
    for (const key of ["cognito", "scopes", "api"]) {
      expect(lines[lines.findIndex((line) => line.startsWith(`  ${key}:`)) - 1]).toMatch(/^ {2}\/\/ /);
    }
  });
});

describe("in a Vite project", () => {
  beforeEach(async () => {
    await folder.write("package.json", '{ "name": "app", "devDependencies": { "vite": "8.0.0" } }\n');
  });

  it("writes a typed configuration, which headers reads, and nothing else", async () => {
    const { exit, said } = await folder.strongroom(["init", ...flags]);
    expect([exit, said]).toEqual([0, expect.stringContaining("vault.config.ts: written")]);
    await mkdir(`${folder.path}/node_modules`);
    await symlink(fileURLToPath(new URL("../..", import.meta.url)), `${folder.path}/node_modules/strongroom`);
    const { out } = await folder.strongroom([
      "headers",
      "--for",
      "json",
      "--origin",
      "https://app.example.com",
    ]);
    expect(out).toContain("connect-src 'self' https://api.example.com https://auth.example.com");
    await expect(folder.read("public/vault-worker.js")).rejects.toThrow(/ENOENT/);
    expect(await folder.read("package.json")).not.toContain("strongroom");
  });

  it("prints the plugin's option and what the user pool must allow", async () => {
    const { said } = await folder.strongroom(["init", ...flags]);
    expect(said).toContain('import { strongroom } from "strongroom/vite"');
    expect(said).toContain('strongroom({ config: "vault.config.ts" })');
    expect(said).toContain("callback URL <your origin>/auth/callback");
    expect(said).toContain("sign-out URL <your origin>/");
  });

  it("keeps an existing typed configuration unless flags differ from it", async () => {
    await folder.write("vault.config.mts", "export default {};");
    expect((await folder.strongroom(["init"])).said).toContain("vault.config.mts: kept");
    const other = await folder.strongroom(["init", ...flags]);
    expect([other.exit, other.said]).toEqual([
      1,
      expect.stringMatching(/vault\.config\.mts differs from these flags.*--force/),
    ]);
    expect(await folder.read("vault.config.mts")).toBe("export default {};");
  });

  it("writes a worker script if a folder is named, and updates it from then on", async () => {
    expect((await folder.strongroom(["init", "public", "--no-copy", ...flags])).exit).toBe(0);
    expect(await written()).toEqual(configuration);
    expect((await folder.strongroom(["init"])).said).toContain("public/vault-worker.js: kept");
    await expect(folder.read("vault.config.ts")).rejects.toThrow(/ENOENT/);
  });

  it("with --dev-provider asks for nothing, and says how to start the local provider", async () => {
    const { exit, said, asked } = await folder.strongroom(["init", "--dev-provider", "9100"], []);
    expect([exit, asked]).toEqual([0, []]);
    expect(said).toContain("npx --no-install strongroom dev-provider --port 9100");
    const config = await folder.read("vault.config.ts");
    expect(config).toContain('authorizationEndpoint: "http://localhost:9100/oauth2/authorize"');
    expect(config).toContain('api: [{ url: "http://localhost:9101/v1/" }]');
  });

  it.each([["--script", "sw.js"], ["--no-copy"]])("refuses %s, which is for a folder", async (...flag) => {
    const { exit, said } = await folder.strongroom(["init", ...flags, ...flag]);
    expect([exit, said]).toEqual([
      2,
      expect.stringContaining("In a Vite project without one, the plugin generates the worker script"),
    ]);
  });
});

describe("at a terminal", () => {
  it("asks for what the flags do not give", async () => {
    const answers = [
      "eu-central-1_AbCdEfGhI",
      "1example23456789",
      "auth.example.com",
      "https://api.example.com/v1/",
      "",
    ];
    const { exit, asked } = await folder.strongroom(["init", "public"], answers);
    expect(exit).toBe(0);
    expect(asked).toHaveLength(5);
    expect(await written()).toEqual(configuration);
  });

  it("does not ask for a user pool that flags give", async () => {
    const { asked } = await folder.strongroom(["init", "public", ...flags], [""]);
    expect(asked).toEqual(["Scopes [openid email]: "]);
  });

  it("accepts an issuer's URL in place of a user pool", async () => {
    const issuer = await provider();
    await folder.strongroom(["init", "public"], [issuer, "app", "/api/", "openid"]);
    expect(await written()).toMatchObject({ provider: { issuer, clientId: "app" }, scopes: ["openid"] });
  });

  it("refuses each wrong answer when it is given, says why, and keeps the others", async () => {
    const { exit, asked, said } = await folder.strongroom(
      ["init", "public"],
      [
        ...["AbCdEfGhI", "eu-central-1_AbCdEfGhI"],
        ...["", "1example23456789"],
        ...["http://auth.example.com", "auth.example.com"],
        ...["", "http://api.example.com/", "https://api.example.com/v1/"],
        ...["email", ""],
      ],
    );
    expect([exit, asked.length]).toEqual([0, 11]);
    expect(said).toContain('"AbCdEfGhI" is not a user pool ID. Copy the ID');
    expect(said).toContain("`cognito.clientId`");
    expect(said).toContain("`cognito.domain` is an http URL");
    expect(said).toContain("`api[0].url` is an http URL");
    expect(said).toContain('`scopes` lacks "openid"');
    expect(await written()).toEqual(configuration);
  });

  it("asks for the issuer again when its discovery document cannot be read, and says why", async () => {
    const issuer = await provider();
    const answers = [`${issuer}/nowhere`, issuer, "app", "/api/", ""];
    const { exit, said } = await folder.strongroom(["init", "public"], answers);
    expect([exit, said]).toEqual([
      0,
      expect.stringMatching(/discovery document of .*nowhere .* the status is 404/),
    ]);
    expect(await written()).toMatchObject({ provider: { issuer, clientId: "app" } });
  });

  it("prints the answers as flags if it ends without writing", async () => {
    await folder.write("public/vault-worker.js", "// mine");
    const answers = [
      "eu-central-1_AbCdEfGhI",
      "1example23456789",
      "auth.example.com",
      "/a/ /b/",
      "openid a/b",
      "n",
    ];
    const { exit, said } = await folder.strongroom(["init", "public", "--base-path", "/auth"], answers);
    expect([exit, said]).toEqual([
      1,
      expect.stringContaining(
        "npx --no-install strongroom init public --user-pool-id eu-central-1_AbCdEfGhI --domain https://auth.example.com --client-id 1example23456789 --api /a/ --api /b/ --scopes 'openid a/b' --base-path /auth",
      ),
    ]);
  });

  it("overwrites a changed file after a yes, and writes nothing after a no", async () => {
    await folder.write("public/strongroom-worker.js", `${library}// mine`);
    const no = await folder.strongroom(["init", "public", ...flags], ["n"]);
    expect([no.exit, no.asked]).toEqual([1, [expect.stringMatching(/was changed\. Overwrite it\?/)]]);
    expect(await folder.read("public/strongroom-worker.js")).toBe(`${library}// mine`);
    await expect(folder.read("public/vault-worker.js")).rejects.toThrow(/ENOENT/);
    expect(await folder.read("package.json")).not.toContain("strongroom");

    expect((await folder.strongroom(["init", "public", ...flags], ["y", ""])).exit).toBe(0);
    expect(await folder.read("public/strongroom-worker.js")).toBe(library);
  });
});

describe("without a terminal", () => {
  it("says which flags are missing", async () => {
    const { exit, said } = await folder.strongroom(["init", "public", "--client-id", "a"]);
    expect([exit, said]).toEqual([2, expect.stringContaining("--user-pool-id, --domain, --api")]);
  });

  it("requires a folder the first time", async () => {
    const { exit, said } = await folder.strongroom(["init"]);
    expect([exit, said]).toEqual([2, expect.stringContaining("strongroom init public")]);
  });

  it("refuses a folder that does not exist", async () => {
    const { exit, said } = await folder.strongroom(["init", "pubilc", ...flags]);
    expect([exit, said]).toEqual([2, expect.stringContaining("The folder pubilc does not exist")]);
  });

  it("refuses to overwrite, unless forced", async () => {
    await folder.write("public/strongroom-worker.js", "self.addEventListener('fetch', () => {});");
    const refused = await folder.strongroom(["init", "public", ...flags]);
    expect([refused.exit, refused.said]).toEqual([
      1,
      expect.stringMatching(/is not a file of Strongroom.*--force/),
    ]);
    expect((await folder.strongroom(["init", "public", "--force", ...flags])).exit).toBe(0);
    expect(await folder.read("public/strongroom-worker.js")).toBe(library);
  });
});

describe("called again", () => {
  beforeEach(async () => {
    await folder.strongroom(["init", "public", ...flags]);
  });

  it("changes nothing and asks nothing if all is up to date", async () => {
    const { exit, said } = await folder.strongroom(["init"], []);
    expect([exit, said]).toEqual([0, expect.stringMatching(/up to date, version \S+/)]);
    expect(said).not.toContain("Next steps");
  });

  it("remembers that the worker file is not copied, until the folder is named without --no-copy", async () => {
    await rm(`${folder.path}/public/strongroom-worker.js`);
    await folder.strongroom(["init", "public", "--no-copy"]);
    expect(JSON.parse(await folder.read("package.json")).strongroom).toEqual({
      public: "public",
      copy: false,
    });
    await folder.strongroom(["init"]);
    await expect(folder.read("public/strongroom-worker.js")).rejects.toThrow(/ENOENT/);

    await folder.strongroom(["init", "public"]);
    expect(await folder.read("public/strongroom-worker.js")).toBe(library);
    expect(JSON.parse(await folder.read("package.json")).strongroom).toEqual({ public: "public" });
  });

  it("with --force asks for everything again", async () => {
    const answers = ["eu-central-1_Other", "2example", "auth.example.com", "/api/", ""];
    const { exit, asked } = await folder.strongroom(["init", "--force"], answers);
    expect([exit, asked.length]).toEqual([0, 5]);
    expect(await written()).toMatchObject({ cognito: { userPoolId: "eu-central-1_Other" } });
  });

  it("updates an unchanged worker file of another version", async () => {
    await folder.write("public/strongroom-worker.js", withFirstLine("0.0.9", '"use strict";\n'));
    expect((await folder.strongroom(["init"])).said).toMatch(/updated from version 0\.0\.9 to/);
    expect(await folder.read("public/strongroom-worker.js")).toBe(library);
  });

  it("recognizes an unchanged file whose line ends git has changed", async () => {
    const crlf = withFirstLine("0.0.9", '"use strict";\n').replaceAll("\n", "\r\n");
    await folder.write("public/strongroom-worker.js", crlf);
    expect((await folder.strongroom(["init"])).exit).toBe(0);
  });

  it("keeps the worker script, even if it was changed", async () => {
    await folder.write("public/vault-worker.js", "// mine");
    expect((await folder.strongroom(["init"])).exit).toBe(0);
    expect(await folder.read("public/vault-worker.js")).toBe("// mine");
  });

  it("with flags, overwrites a worker script that differs from them only with --force", async () => {
    const other = flags.map((flag) => (flag === "1example23456789" ? "2example" : flag));
    expect((await folder.strongroom(["init", ...other])).exit).toBe(1);
    expect(await written()).toEqual(configuration);
    expect((await folder.strongroom(["init", ...other, "--force"])).exit).toBe(0);
    expect(await written()).toMatchObject({ cognito: { clientId: "2example" } });
  });

  it("names the folder that it no longer updates if it is given another", async () => {
    await folder.write("static/index.html", "");
    const { said } = await folder.strongroom(["init", "static", ...flags]);
    expect(said).toContain("in place of public");
    expect(JSON.parse(await folder.read("package.json")).strongroom).toEqual({ public: "static" });
  });

  it("finds the recorded folder from a subfolder", async () => {
    await folder.write("src/main.js", "");
    const below = Object.assign(Object.create(Object.getPrototypeOf(folder)), { path: `${folder.path}/src` });
    expect((await below.strongroom(["init"])).exit).toBe(0);
  });
});

it("without a package.json says that nothing was recorded", async () => {
  const bare = await Folder.create({ "site/index.html": "" });
  const { exit, said } = await bare.strongroom(["init", "site", ...flags]);
  expect([exit, said]).toEqual([0, expect.stringContaining("no package.json")]);
  await bare.remove();
});

const running: { close(): void }[] = [];
afterEach(() => {
  for (const server of running.splice(0)) server.close();
});

/** A provider with only a discovery document. Returns its issuer. */
async function provider(): Promise<string> {
  const server = createServer((request, response) => {
    const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
    if (request.url !== "/.well-known/openid-configuration") return response.writeHead(404).end();
    response.end(
      JSON.stringify({ issuer, authorization_endpoint: `${issuer}/a`, token_endpoint: `${issuer}/t` }),
    );
  });
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}
