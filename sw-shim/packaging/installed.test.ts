import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Folder, pack, root } from "./packed";

let folder: Folder;
let tarball: string;

beforeAll(async () => {
  folder = await Folder.create();
  tarball = await pack(folder);
  await folder.write("package.json", '{ "name": "app", "private": true, "type": "module" }\n');
  await folder.run("npm", "install", "--offline", "--no-audit", "--no-fund", tarball);
});
afterAll(() => folder.remove());

it("installing it in an empty folder installs nothing else", async () => {
  const names = await readdir(folder.path("node_modules"));
  expect(names.filter((name) => !name.startsWith("."))).toEqual(["strongroom"]);
});

it.each([
  ["react", "17.0.2"],
  ["vite", "4.5.0"],
  ["@playwright/test", "1.20.0"],
])("npm installs it beside %s %s, for an app that uses connect() alone", async (name, version) => {
  const app = await Folder.create();
  await app.write("old/package.json", JSON.stringify({ name, version }));
  await app.write("package.json", JSON.stringify({ private: true, dependencies: { [name]: "file:old" } }));
  await app.run("npm", "install", "--offline", "--no-audit", "--no-fund", tarball);
  const program = "console.log(Object.keys(await import('strongroom')).sort().join())";
  expect(await app.run("node", "--input-type=module", "--eval", program)).toBe("VaultError,connect\n");
  await app.remove();
});

it("its `main` serves bundlers without support for `exports`", async () => {
  const { main, exports } = JSON.parse(
    await readFile(folder.path("node_modules/strongroom/package.json"), "utf8"),
  );
  expect(main).toBe(exports["."].default);
});

describe("its command line", () => {
  it("runs by npx without installing anything else, and has help", async () => {
    expect(await folder.run("npx", "--no-install", "strongroom", "--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await folder.run("npx", "--no-install", "strongroom", "--help")).toMatch(
      /init .*\n(.*\n)*?.*doctor .*\n(.*\n)*?.*headers (.*\n)*?.*dev-provider/,
    );
  });

  it("writes the worker file and a worker script that the vault accepts", async () => {
    await folder.write("public/index.html", "");
    const flags = [
      "--user-pool-id",
      "eu-central-1_A",
      "--client-id",
      "a",
      "--domain",
      "auth.example.com",
      "--api",
      "/api/",
    ];
    await folder.run("npx", "--no-install", "strongroom", "init", "public", ...flags);
    const [copied, packed] = await Promise.all(
      ["public", "node_modules/strongroom/dist"].map((path) =>
        readFile(folder.path(path, "strongroom-worker.js")),
      ),
    );
    expect(copied).toEqual(packed);
    expect(JSON.parse(await readFile(folder.path("package.json"), "utf8")).strongroom).toEqual({
      public: "public",
    });
  });

  it("asks nothing without a terminal", async () => {
    await folder.write("empty/index.html", "");
    await expect(folder.run("npx", "--no-install", "strongroom", "init", "empty")).rejects.toThrow(
      /--user-pool-id/,
    );
  });

  it("prints headers from that worker script", async () => {
    const text = await folder.run("npx", "--no-install", "strongroom", "headers", "--for", "nginx");
    expect(text).toContain("connect-src 'self' https://auth.example.com");
  });
});

describe("imported in Node.js", () => {
  /** What `specifier` exports, as a user's program sees it. */
  async function namesOf(specifier: string, attributes = ""): Promise<string[]> {
    const program = `console.log(JSON.stringify(Object.keys(await import("${specifier}"${attributes})).sort()))`;
    return JSON.parse(await folder.run("node", "--no-warnings", "--input-type=module", "--eval", program));
  }

  it.each([
    ["strongroom", ["VaultError", "connect"]],
    ["strongroom/worker", ["start", "version"]],
    ["strongroom/interceptor", ["intercept", "version"]],
    ["strongroom/vite", ["defineVault", "strongroom"]],
    ["strongroom/headers", ["hostOptionsOf", "hostRules", "ruleFor", "vaultOriginRules", "workerScript"]],
    ["strongroom/check-headers", ["CheckHeadersError", "checkHeaders", "formatFindings"]],
    ["strongroom/testing", ["createFakeVault"]],
    ["strongroom/testing/playwright", ["signIn", "waitForSession"]],
    ["strongroom/strongroom-worker.js", []],
    ["strongroom/strongroom-interceptor.js", []],
  ])("%s exports %j", async (specifier, names) => {
    expect(await namesOf(specifier)).toEqual(names);
  });

  it("strongroom/react needs React and nothing more", async () => {
    await folder.borrow("react");
    expect(await namesOf("strongroom/react")).toEqual([
      "RequireSession",
      "SignedIn",
      "SignedOut",
      "VaultProvider",
      "useSession",
      "useVault",
    ]);
  });

  it("headers.json is exported", async () => {
    for (const name of ["headers.json", "package.json"]) {
      expect(await namesOf(`strongroom/${name}`, ', { with: { type: "json" } }')).toContain("default");
    }
  });

  it("what is not exported cannot be reached", async () => {
    await expect(namesOf("strongroom/dist/index.js")).rejects.toThrow(/ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });
});

describe("to TypeScript", () => {
  const program = `
    import { connect, VaultError, type VaultConfig, type VaultErrorCode } from "strongroom";
    import { useSession, VaultProvider } from "strongroom/react";
    import { createFakeVault } from "strongroom/testing";
    import { signIn } from "strongroom/testing/playwright";
    import { intercept } from "strongroom/interceptor";
    import { start, version } from "strongroom/worker";
    import { hostRules } from "strongroom/headers";
    import { checkHeaders } from "strongroom/check-headers";

    const config: VaultConfig = {
      provider: {
        issuer: "https://login.example.com",
        authorizationEndpoint: "https://login.example.com/authorize",
        tokenEndpoint: "https://login.example.com/token",
        clientId: "app",
      },
      scopes: ["openid"],
      api: [{ url: "/api/" }],
    };
    start(config);
    version satisfies string;
    intercept({ vault: "https://vault.example.com", api: ["/api/"] });
    // @ts-expect-error there is no such recovery
    config.recovery = "popup";

    interface Claims { sub: string; "custom:tenant": string }
    const vault = await connect<Claims>({ worker: "/vault-worker.js" });
    vault.session.user?.["custom:tenant"] satisfies string | undefined;
    useSession<Claims>().user?.sub satisfies string | undefined;
    const user: Claims = { sub: "1", "custom:tenant": "a" };
    VaultProvider({ vault: createFakeVault<Claims>({ status: "authenticated", user }) });
    VaultProvider({ worker: "/interceptor.js", vault: "https://vault.example.com" });
    // @ts-expect-error an open vault has its worker
    VaultProvider({ vault, worker: "/vault-worker.js" });
    ({}) as VaultErrorCode satisfies VaultError["code"];
    const signInAs = (page: Parameters<typeof signIn>[0]) =>
      signIn<Claims>(page, { form: (page) => page.getByLabel("User name").fill("ada") });
    signInAs satisfies (page: never) => Promise<{ user: Claims | null }>;
    // @ts-expect-error a page of Playwright's
    signInAs("page");
    hostRules({ workers: [], api: [], provider: config.provider! });
    await checkHeaders("https://app.example.com/");
  `;
  const worker = `
    /// <reference types="strongroom/strongroom-worker.js" />
    /// <reference types="strongroom/strongroom-interceptor.js" />
    importScripts("/strongroom-worker.js");
    strongroom.start({
      cognito: { region: "eu-central-1", userPoolId: "eu-central-1_A", clientId: "a", domain: "https://a.example" },
      scopes: ["openid"],
      api: [{ url: "/api/", token: "id" }],
    });
    strongroom.intercept({ vault: "https://vault.example.com", api: ["/api/"] });
    // @ts-expect-error "token" is missing its value
    strongroom.start({ scopes: ["openid"], api: [{ url: "/api/", token: "refresh" }] });
  `;
  const plugin = `
    import { defineConfig } from "vite";
    import { strongroom } from "strongroom/vite";
    export default defineConfig({
      plugins: [
        strongroom({
          host: { api: ["/api/"], provider: { authorizationEndpoint: "https://a.example/", tokenEndpoint: "https://a.example/" } },
        }),
      ],
    });
  `;

  async function compile(name: string, source: string, ...options: string[]): Promise<void> {
    await folder.write(name, source);
    await folder.run("tsc", "--strict", "--noEmit", "--ignoreConfig", "--target", "es2022", ...options, name);
  }

  beforeAll(() =>
    folder.borrow(
      "@types/react",
      "csstype",
      "vite",
      "@playwright/test",
      "playwright",
      "playwright-core",
      "@types/node",
      "undici-types",
    ),
  );

  it.each([
    ["nodenext", "nodenext"],
    ["bundler", "esnext"],
  ])("its declarations are whole, resolving for %s", async (moduleResolution, module) => {
    const resolution = ["--moduleResolution", moduleResolution, "--module", module];
    const whole = ["--skipLibCheck", "false"];
    await compile(
      "page.ts",
      program,
      ...resolution,
      ...whole,
      "--lib",
      "es2022,dom,dom.iterable",
      "--types",
      "node",
    );
    await compile(
      "plugin.ts",
      plugin,
      ...resolution,
      "--skipLibCheck",
      "--lib",
      "es2022,dom",
      "--types",
      "node",
    );
  });

  it.each([
    ["TypeScript 4.9", "compatibility/typescript-4"],
    ["TypeScript 5.9", "site"],
  ])(
    "its declarations are found by %s with moduleResolution node, which knows no exports",
    async (_, holder) => {
      await folder.write("legacy.ts", program);
      const tsc = join(root, holder, "node_modules/typescript/bin/tsc");
      // Playwright's types use zod if it is there. In this checkout it is, for an example, in a version that only newer TypeScript reads.
      await folder.write("zod.d.ts", "export {};");
      const compilerOptions = {
        strict: true,
        noEmit: true,
        target: "es2022",
        module: "esnext",
        moduleResolution: "node",
        lib: ["es2022", "dom", "dom.iterable"],
        types: ["node"],
        skipLibCheck: true,
        paths: { zod: ["./zod.d.ts"], "zod/*": ["./zod.d.ts"] },
      };
      await folder.write("legacy.json", JSON.stringify({ compilerOptions, files: ["legacy.ts"] }));
      await folder.run("node", tsc, "--project", "legacy.json");
    },
  );

  it.each(["dom", "webworker"])("a worker script has types, in a project with lib %s", async (lib) => {
    const options = ["--moduleResolution", "nodenext", "--module", "nodenext", "--skipLibCheck", "false"];
    await compile("vault-worker.cts", worker, ...options, "--lib", `es2022,${lib}`, "--types", "");
  });
});
