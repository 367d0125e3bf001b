import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Folder, pack, root } from "../../sw-shim/packaging/packed";
import { apiPages, blocksOf, documents } from "./blocks";

/** A reader's folder with the packed package and the packages that the documents assume. */
let folder: Folder;

beforeAll(async () => {
  folder = await Folder.create();
  const tarball = await pack(folder);
  await folder.write("package.json", '{ "name": "app", "private": true, "type": "module" }\n');
  await folder.run("npm", "install", "--offline", "--no-audit", "--no-fund", tarball);
  await folder.borrow(
    "@playwright/test",
    "@testing-library/react",
    "@types/node",
    "@types/react",
    "@types/react-dom",
    "@vitejs/plugin-react",
    "amazon-cognito-identity-js",
    "aws-amplify",
    "oidc-client-ts",
    "playwright",
    "playwright-core",
    "react",
    "react-dom",
    "undici-types",
    "vite",
    "vitest",
    "vue",
  );
});
afterAll(() => folder.remove());

describe("every piece of code that users read has the types of the package", async () => {
  const blocks = [...documents, ...apiPages()].flatMap((document) => blocksOf(document, ["js", "ts", "tsx"]));
  /** Errors of the compiler, by file. */
  let errors: string[];

  beforeAll(async () => {
    for (const block of blocks) await folder.write(fileOf(block), block.code);
    await folder.write("code/reader.d.ts", READER);
    await folder.write("code/tsconfig.json", JSON.stringify({ compilerOptions: OPTIONS, include: ["."] }));
    errors = await folder.run("tsc", "--project", "code", "--pretty", "false").then(
      () => [],
      (error: Error) => error.message.split("\n").filter((line) => line.includes(": error TS")),
    );
  });

  it("and nothing else is wrong", () => {
    const names = blocks.map(fileOf);
    expect(errors.filter((error) => !names.some((name) => error.startsWith(`${name}(`)))).toEqual([]);
  });

  it.each(blocks)("$at", (block) => {
    expect(errors.filter((error) => error.startsWith(`${fileOf(block)}(`))).toEqual([]);
  });
});

describe("the README's app", () => {
  it("is built by Vite, and has both worker files", async () => {
    const files = blocksOf("README.md", ["js", "ts", "tsx"]).filter(({ path }) => path);
    expect(files.map(({ path }) => path)).toEqual(["vite.config.ts", "src/main.tsx", "vault.config.ts"]);
    for (const { path, code } of files) await folder.write(path ?? "", code);
    // As `npm create vite` writes it.
    await folder.write(
      "index.html",
      '<!doctype html>\n<html lang="en"><body><div id="root"></div><script type="module" src="/src/main.tsx"></script></body></html>\n',
    );
    await folder.run("vite", "build");
    expect((await readdir(folder.path("dist"))).sort()).toEqual([
      "assets",
      "index.html",
      "strongroom-worker.js",
      "vault-worker.js",
    ]);
  });

  it("has a configuration that the vault takes", async () => {
    const headers = await folder.run("npx", "--no-install", "strongroom", "headers", ...FOR_JSON);
    expect(headers).toContain("https://auth.example.com");
  });
});

describe("the quick start", () => {
  it.each(["Vue", "Angular"])("shows the files of the example for %s", async (name) => {
    const guide = await readFile(join(root, "docs/guides/quick-start.md"), "utf8");
    const section = guide.split(/^## /m).find((text) => text.startsWith(`${name}\n`)) ?? "";
    const shown = [...section.matchAll(/^```\w+\n(?:\/\/|<!--) (\S+)[^\n]*\n(.*?)^```$/gms)];
    expect(shown.length).toBeGreaterThan(2);
    for (const [, path = "", code] of shown) {
      expect(code).toBe(await readFile(join(root, "examples", name.toLowerCase(), path), "utf8"));
    }
  });
});

const FOR_JSON = ["--for", "json", "--origin", "https://app.example.com"];

const OPTIONS = {
  target: "ES2022",
  module: "ESNext",
  moduleResolution: "Bundler",
  // A block without imports is a script; make it a module.
  moduleDetection: "force",
  jsx: "react-jsx",
  lib: ["ES2023", "DOM", "DOM.Iterable"],
  types: ["node"],
  allowJs: true,
  checkJs: true,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};

/** Names that a code block may use without declaring them. */
const READER = `
  /// <reference types="strongroom/strongroom-worker.js" />
  declare function App(): import("react").ReactNode;
  declare function Notes(): import("react").ReactNode;
  declare function serveFile(pathname: string, response: import("node:http").ServerResponse): void;
`;

function fileOf({ at, language }: { at: string; language: string }): string {
  return `code/${at.replace(/\W+/g, "-")}.${language}`;
}
