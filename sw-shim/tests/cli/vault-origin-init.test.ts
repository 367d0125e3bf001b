import { mkdir, readFile } from "node:fs/promises";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withFirstLine as withScriptsFirstLine } from "../../scripts/worker-file.mjs";
import { readWorkerScript } from "../../src/cli/configuration/read";
import { recognise, withFirstLine } from "../../src/cli/init/worker-file";
import { hostOptionsOf, ruleFor, vaultOriginRules } from "../../src/headers";
import { configuration, Folder, flags, workerFile } from "./support";

const dist = (name: string) => readFile(workerFile.replace("strongroom-worker.js", name), "utf8");
const VAULT = "https://vault.example.com";
const apps = ["https://app.example.com", "https://admin.example.com"];
const vaultFlags = ["--vault-origin", "vault", ...flags, ...apps.flatMap((app) => ["--apps", app])];
const FILES = [
  "strongroom-vault.js",
  "strongroom-frame.js",
  "frame.html",
  "frame-isolated.html",
  "login.html",
  "callback.html",
  "404.html",
];

let folder: Folder;

beforeEach(async () => {
  folder = await Folder.create({ "package.json": '{ "name": "app" }\n', "public/index.html": "" });
});
afterEach(() => folder.remove());

async function strongroomIn(manifest = "package.json") {
  return JSON.parse(await folder.read(manifest)).strongroom;
}

describe("init --vault-origin", () => {
  const written = async () =>
    readWorkerScript(await folder.read("vault/vault-worker.js"), VAULT).configuration;

  it("writes all files of the origin into a new folder, and records it", async () => {
    const { exit, said } = await folder.strongroom(["init", ...vaultFlags]);
    expect([exit, said]).toEqual([0, expect.stringContaining("Next steps")]);
    expect(await folder.read("vault/strongroom-vault.js")).toBe(await dist("strongroom-vault.js"));
    expect(await folder.read("vault/strongroom-frame.js")).toBe(await dist("strongroom-frame.js"));
    expect(await written()).toEqual({ ...configuration, apps });
    const rules = vaultOriginRules({ apps, ...hostOptionsOf({ ...configuration, apps }) });
    for (const name of FILES.filter((file) => file.endsWith(".html"))) {
      const page = await folder.read(`vault/${name}`);
      expect(recognise(page)?.untouched).toBe(true);
      expect(page.slice(page.indexOf("\n") + 1)).toBe(ruleFor(rules, `/${name}`).page?.body);
    }
    expect(await strongroomIn()).toEqual({ vaultOrigin: "vault" });
  });

  it("says what the provider, the API and the app need", async () => {
    const { said } = await folder.strongroom(["init", ...vaultFlags]);
    for (const what of [
      "callback URL https://<vault>/callback.html",
      "sign-out URLs https://app.example.com/, https://admin.example.com/",
      "CORS allow the origin https://<vault>",
      "strongroom init public --vault https://<vault>",
      "strongroom headers --config vault/vault-worker.js --for <your host>",
    ])
      expect(said).toContain(what);
    expect(await folder.read("vault/vault-worker.js")).toContain(
      "callback URL <this origin>/callback.html and the sign-out URL of each app, <its origin>/",
    );
  });

  it.each([
    ["nginx", "strongroom.conf"],
    ["azure", "staticwebapp.config.json"],
    ["netlify", "netlify/edge-functions/strongroom.js"],
  ])("with --host %s writes what headers prints", async (host, file) => {
    const { exit, said } = await folder.strongroom(["init", ...vaultFlags, "--host", host]);
    expect([exit, said]).toEqual([0, expect.stringContaining(`with the headers in vault/${file}`)]);
    const { out } = await folder.strongroom(["headers", "--for", host]);
    expect(await folder.read(`vault/${file}`)).toBe(out);
  });

  it("writes the headers of a configuration that was edited since", async () => {
    await folder.strongroom(["init", ...vaultFlags]);
    const script = await folder.read("vault/vault-worker.js");
    await folder.write(
      "vault/vault-worker.js",
      script.replace("https://api.example.com/v1/", "https://other.example.com/"),
    );
    const { exit, said } = await folder.strongroom(["init", "--vault-origin", "vault", "--host", "json"]);
    expect([exit, said]).toEqual([0, expect.stringContaining("vault/vault-worker.js: kept")]);
    expect(await folder.read("vault/headers.json")).toContain("connect-src 'self' https://other.example.com");
  });

  it("overwrites headers that differ only with --force or after a yes", async () => {
    await folder.strongroom(["init", ...vaultFlags]);
    await folder.write("vault/vercel.json", "{}");
    const host = ["init", "--vault-origin", "vault", "--host", "vercel"];
    const refused = await folder.strongroom(host);
    expect([refused.exit, refused.said]).toEqual([1, expect.stringMatching(/vault\/vercel\.json differs/)]);
    expect((await folder.strongroom(host, ["y"])).exit).toBe(0);
    expect(JSON.parse(await folder.read("vault/vercel.json")).routes).toBeDefined();
  });

  it("warns of other files, but not of those of hosts and of hidden ones", async () => {
    for (const name of ["index.html", "app/main.js", ".git/HEAD", "functions/_middleware.js"])
      await folder.write(`vault/${name}`, "");
    const { exit, said } = await folder.strongroom(["init", ...vaultFlags, "--host", "vercel"]);
    expect([exit, said]).toEqual([
      0,
      expect.stringMatching(
        /^vault has other files: app, index\.html\. A vault origin must serve nothing but/m,
      ),
    ]);
    expect(
      (await folder.strongroom(["init", "--vault-origin", "other", ...vaultFlags.slice(2)])).said,
    ).not.toContain("other files");
  });

  it("asks for the apps at a terminal", async () => {
    const { exit, asked } = await folder.strongroom(
      ["init", "--vault-origin", "vault", ...flags],
      ["https://app.example.com/app", "https://app.example.com https://admin.example.com", ""],
    );
    expect([exit, asked.filter((question) => question.startsWith("Origins of the apps")).length]).toEqual([
      0, 2,
    ]);
    expect(await written()).toEqual({ ...configuration, apps });
  });

  it("says that the apps are missing without a terminal", async () => {
    const { exit, said } = await folder.strongroom(["init", "--vault-origin", "vault", ...flags]);
    expect([exit, said]).toEqual([2, expect.stringContaining("Missing flags: --apps")]);
  });

  it("takes the local provider, and says how to sign in with it", async () => {
    const app = "http://app.strongroom.localhost:5173";
    const given = ["--vault-origin", "vault", "--dev-provider", "--apps", app];
    const { exit, said } = await folder.strongroom(["init", ...given]);
    expect([exit, said]).toEqual([0, expect.stringContaining("strongroom dev-provider in another terminal")]);
    expect(said).toContain("serve vault at http://vault.strongroom.localhost:<port>");
    expect(said).not.toContain("https://<vault>");
    expect(await written()).toMatchObject({ apps: [app], provider: { clientId: expect.any(String) } });
  });

  it.each([
    [
      "an app that is not an origin",
      ["--apps", "https://app.example.com/app"],
      /--apps: `apps\[0\]`.* origin/,
    ],
    ["an app with a wildcard", ["--apps", "https://*.example.com"], /--apps: `apps\[0\]`/],
    ["an app on http", ["--apps", "http://app.example.com"], /--apps: `apps\[0\]` is an http URL/],
    [
      "an API on the vault's own origin",
      ["--apps", "https://app.example.com", "--api", "/api/"],
      /`api\[1\]\.url`/,
    ],
    [
      "another scope",
      ["--apps", "https://app.example.com", "--scope", "/app/"],
      /--scope: `scope` must be "\/"/,
    ],
  ])("refuses %s and writes nothing", async (_, more, reason) => {
    const { exit, said } = await folder.strongroom(["init", "--vault-origin", "vault", ...flags, ...more]);
    expect([exit, said]).toEqual([2, expect.stringMatching(reason)]);
    await expect(folder.read("vault/frame.html")).rejects.toThrow(/ENOENT/);
    expect(await strongroomIn()).toBeUndefined();
  });

  it.each([
    ["a second folder", ["public"], /Leave out the other folder/],
    ["an unknown host", ["--host", "geocities"], /Allowed choices are azure, cloudflare/],
    ["a name for the worker script", ["--script", "sw.js"], /fixed names/],
    ["--no-copy", ["--no-copy"], /fixed names/],
    ["--vault, which is for an app", ["--vault", VAULT], /Then run init again for the app/],
  ])("refuses %s", async (_, more, reason) => {
    const { exit, said } = await folder.strongroom(["init", ...vaultFlags, ...more]);
    expect([exit, said]).toEqual([2, expect.stringMatching(reason)]);
  });

  it.each([
    ["--apps", "https://app.example.com"],
    ["--host", "nginx"],
  ])("is required by %s", async (...more) => {
    const { exit, said } = await folder.strongroom(["init", "public", ...flags, ...more]);
    expect([exit, said]).toEqual([2, expect.stringContaining("--vault-origin")]);
  });

  describe("called again", () => {
    beforeEach(async () => {
      await folder.strongroom(["init", ...vaultFlags]);
    });

    it("updates files of another version, and leaves the configuration alone", async () => {
      await folder.write("vault/strongroom-frame.js", withScriptsFirstLine("0.0.9", '"use strict";\n'));
      await folder.write("vault/login.html", withFirstLine("0.0.9", "<!doctype html>\n"));
      await folder.write("vault/vault-worker.js", "// mine");
      const { exit, said } = await folder.strongroom(["init"]);
      expect(exit).toBe(0);
      expect(said).toMatch(/vault\/strongroom-frame\.js: updated from version 0\.0\.9 to/);
      expect(said).toMatch(/vault\/login\.html: updated from version 0\.0\.9 to/);
      expect(said).not.toContain("Next steps");
      expect(await folder.read("vault/strongroom-frame.js")).toBe(await dist("strongroom-frame.js"));
      expect(await folder.read("vault/vault-worker.js")).toBe("// mine");
    });

    it("overwrites a page that was changed only after a yes", async () => {
      const changed = `${await folder.read("vault/callback.html")}<script src="/mine.js"></script>`;
      await folder.write("vault/callback.html", changed);
      const { exit, said } = await folder.strongroom(["init"]);
      expect([exit, said]).toEqual([1, expect.stringMatching(/vault\/callback\.html was changed/)]);
      expect((await folder.strongroom(["init"], ["y"])).exit).toBe(0);
      expect(await folder.read("vault/callback.html")).not.toContain("mine");
    });

    it("updates the app beside it too", async () => {
      await folder.strongroom(["init", "public", "--vault", VAULT]);
      for (const name of ["vault/strongroom-vault.js", "public/strongroom-interceptor.js"])
        await folder.write(name, withScriptsFirstLine("0.0.9", '"use strict";\n'));
      const { said } = await folder.strongroom(["init"]);
      expect(said).toMatch(/vault\/strongroom-vault\.js: updated/);
      expect(said).toMatch(/public\/strongroom-interceptor\.js: updated/);
    });

    it("adds nothing to a Vite project's own files", async () => {
      await folder.write(
        "package.json",
        '{ "devDependencies": { "vite": "8" }, "strongroom": { "vaultOrigin": "vault" } }',
      );
      await folder.write("vault.config.ts", "export default {};");
      const { exit, said } = await folder.strongroom(["init"]);
      expect([exit, said]).toEqual([0, expect.stringContaining("vault.config.ts: kept")]);
      expect(said).toContain("vault/vault-worker.js: kept");
    });
  });
});

describe("init --apps in a Vite project", () => {
  it("writes a typed configuration, and prints the plugin's options", async () => {
    await folder.write("package.json", '{ "devDependencies": { "vite": "8" } }');
    const { exit, said } = await folder.strongroom(["init", ...vaultFlags.slice(2)]);
    expect([exit, said]).toEqual([0, expect.stringContaining("vault.config.ts: written")]);
    expect(said).toContain('strongroom({ config: "vault.config.ts", vault: "https://<vault>" })');
    expect(said).toContain("sign-out URLs https://app.example.com/, https://admin.example.com/");
    const text = await folder.read("vault.config.ts");
    expect(text).toContain(`apps: ${JSON.stringify(apps).replace(",", ", ")}`);
  });

  it("with --dev-provider says how to sign in, and nothing about a host", async () => {
    await folder.write("package.json", '{ "devDependencies": { "vite": "8" } }');
    const { said } = await folder.strongroom(["init", "--dev-provider", "--apps", "https://app.example.com"]);
    expect(said).toContain("strongroom dev-provider in another terminal\n");
    expect(said).not.toMatch(/On the host|At the provider|At the API/);
  });
});

describe("init --vault", () => {
  const vaultOfApp = ["--vault", VAULT, "--api", "https://api.example.com/v1/"];

  /** The argument of `strongroom.intercept` in the worker script. */
  async function intercepted(name = "public/app-worker.js"): Promise<unknown> {
    const imported: string[] = [];
    let given: unknown;
    runInNewContext(await folder.read(name), {
      importScripts: (url: string) => imported.push(url),
      strongroom: {
        intercept(options: object) {
          given = JSON.parse(JSON.stringify(options));
        },
      },
    });
    expect(imported).toEqual(["strongroom-interceptor.js"]);
    return given;
  }

  it("copies the interceptor, writes the app's worker script, and records both", async () => {
    const { exit, said } = await folder.strongroom(["init", "public", ...vaultOfApp]);
    expect([exit, said]).toEqual([
      0,
      expect.stringMatching(
        /connect\(\{ worker: "\/app-worker\.js" \}\)[\s\S]*https:\/\/vault\.example\.com to its frame-src/,
      ),
    ]);
    expect(await folder.read("public/strongroom-interceptor.js")).toBe(
      await dist("strongroom-interceptor.js"),
    );
    expect(await intercepted()).toEqual({ vault: VAULT, api: ["https://api.example.com/v1/"] });
    expect(await strongroomIn()).toEqual({ public: "public", vault: VAULT });
  });

  it("accepts a URL of the vault's origin, and another name for the script", async () => {
    const { exit } = await folder.strongroom([
      "init",
      "public",
      "--vault",
      `${VAULT}/`,
      "--api",
      "/api/",
      "--script",
      "sw.js",
    ]);
    expect([exit, await intercepted("public/sw.js")]).toEqual([0, { vault: VAULT, api: ["/api/"] }]);
    expect(await strongroomIn()).toEqual({ public: "public", vault: VAULT });
  });

  it("asks for the APIs at a terminal", async () => {
    const { asked } = await folder.strongroom(
      ["init", "public", "--vault", VAULT],
      ["https://a.example/ https://b.example/"],
    );
    expect([asked.length, await intercepted()]).toEqual([
      1,
      { vault: VAULT, api: ["https://a.example/", "https://b.example/"] },
    ]);
  });

  it("takes the APIs of a vault in the same project", async () => {
    await folder.write("vault/vault-worker.js", `strongroom.start(${JSON.stringify(configuration)});`);
    await folder.write("package.json", '{ "strongroom": { "vaultOrigin": "vault" } }');
    const { exit, asked } = await folder.strongroom(["init", "public", "--vault", VAULT]);
    expect([exit, asked]).toEqual([0, []]);
    expect(await intercepted()).toEqual({ vault: VAULT, api: ["https://api.example.com/v1/"] });
    expect(await strongroomIn()).toEqual({ vaultOrigin: "vault", public: "public", vault: VAULT });
  });

  it("names the files of a vault on the app's own origin that are left over", async () => {
    await folder.strongroom(["init", "public", ...flags]);
    const { said } = await folder.strongroom(["init", "public", ...vaultOfApp]);
    expect(said).toContain("public/vault-worker.js: no longer used. Remove it");
    expect(said).toContain("public/strongroom-worker.js: no longer used. Remove it");
  });

  it("on the way back, names the interceptor's files and the configuration for the app's headers", async () => {
    await folder.write("package.json", '{ "strongroom": { "vaultOrigin": "vault" } }');
    await folder.strongroom(["init", "public", ...vaultOfApp]);
    const { said } = await folder.strongroom(["init", "public", ...flags]);
    expect(said).toContain("public/app-worker.js: no longer used. Remove it: the vault is on this origin");
    expect(said).toContain("public/strongroom-interceptor.js: no longer used. Remove it");
    expect(said).toContain("strongroom headers --config public/vault-worker.js --for <your host>");
  });

  it.each([
    ["a vault on http", ["--vault", "http://vault.example.com"], /`vault` must be an https URL/],
    ["a vault with a path", ["--vault", `${VAULT}/frame.html`], /`vault` is more than an origin/],
    ["a vault without a scheme", ["--vault", "vault.example.com"], /`vault` is not a URL/],
    [
      "an API on http",
      ["--vault", VAULT, "--api", "http://api.example.com/"],
      /`api\[1\]` must be an https URL/,
    ],
  ])("refuses %s and writes nothing", async (_, given, reason) => {
    const { exit, said } = await folder.strongroom(["init", "public", "--api", "/api/", ...given]);
    expect([exit, said]).toEqual([2, expect.stringMatching(reason)]);
    await expect(folder.read("public/strongroom-interceptor.js")).rejects.toThrow(/ENOENT/);
  });

  it("says what is missing without a terminal", async () => {
    const { exit, said } = await folder.strongroom(["init", "public", "--vault", VAULT]);
    expect([exit, said]).toEqual([2, expect.stringContaining("Missing flag: --api")]);
  });

  it("in a Vite project without a folder refers to the plugin's option", async () => {
    await folder.write("package.json", '{ "devDependencies": { "vite": "8" } }');
    const { exit, said } = await folder.strongroom(["init", ...vaultOfApp]);
    expect([exit, said]).toEqual([2, expect.stringContaining("option `vault`")]);
  });

  describe("called again", () => {
    beforeEach(async () => {
      await folder.strongroom(["init", "public", ...vaultOfApp]);
    });

    it("updates an unchanged interceptor, and keeps the worker script", async () => {
      await folder.write(
        "public/strongroom-interceptor.js",
        withScriptsFirstLine("0.0.9", '"use strict";\n'),
      );
      await folder.write("public/app-worker.js", "// mine");
      const { exit, said } = await folder.strongroom(["init"]);
      expect([exit, said]).toEqual([
        0,
        expect.stringMatching(/strongroom-interceptor\.js: updated from version/),
      ]);
      expect(await folder.read("public/app-worker.js")).toBe("// mine");
      expect(said).not.toContain("Next steps");
    });

    it("with another vault, overwrites the worker script only with --force", async () => {
      const other = ["init", "public", "--vault", "https://login.example.com", "--api", "/api/"];
      expect((await folder.strongroom(other)).exit).toBe(1);
      expect(await intercepted()).toMatchObject({ vault: VAULT });
      expect((await folder.strongroom([...other, "--force"])).exit).toBe(0);
      expect(await intercepted()).toMatchObject({ vault: "https://login.example.com" });
    });

    it("records a vault on the app's own origin if the folder is named without --vault", async () => {
      await mkdir(`${folder.path}/static`);
      await folder.strongroom(["init", "static", ...flags]);
      expect(await strongroomIn()).toEqual({ public: "static" });
    });
  });
});
