import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Folder, pack, root } from "./packed";

let folder: Folder;
let tarball: string;
let files: string[];

beforeAll(async () => {
  folder = await Folder.create();
  tarball = await pack(folder);
  await folder.run("tar", "xzf", tarball);
  const entries = await readdir(folder.path("package"), { recursive: true, withFileTypes: true });
  files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.path("package").length + 1));
});
afterAll(() => folder.remove());

const read = (name: string) => readFile(folder.path("package", name), "utf8");

describe("the tarball", () => {
  it("passes publint", async () => {
    expect(await folder.run("publint", "run", tarball, "--strict")).toContain("All good!");
  });

  it("has types for every module resolution except CommonJS", async () => {
    await folder.run("attw", "--ignore-rules", "cjs-resolves-to-esm", "--format", "ascii", tarball);
  });

  it("has only the files that are used", () => {
    const kinds = [
      /^(package\.json|README\.md|LICENSE-MIT|LICENSE-APACHE|headers\.json|endpoint\.html)$/,
      /^vault-origin\/(404|callback|frame|login)\.html$/,
      /^dist\/[\w-]+\.js(\.map)?$/,
      /^dist\/types\/[\w/-]+\.d\.ts$/,
      /^dist\/third-party-licences\.txt$/,
    ];
    expect(files.filter((file) => !kinds.some((kind) => kind.test(file)))).toEqual([]);
  });

  it("has its licences, and those of the bundled code", async () => {
    for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) {
      expect(await read(licence)).toBe(await readFile(join(root, licence), "utf8"));
    }
    expect(await read("dist/third-party-licences.txt")).toMatch(
      /content-security-policy-parser.*Permission is/s,
    );
  });

  it("has no path of the build machine", async () => {
    for (const file of files) {
      const text = await read(file);
      expect(text.includes(root.replace(/\/$/, "")), file).toBe(false);
      expect(text, file).not.toMatch(/file:\/\/\/(?!\$)/);
      if (file.endsWith(".map")) {
        const { sources } = JSON.parse(text) as { sources: string[] };
        for (const source of sources)
          expect(source, file).toMatch(/^(\.\.\/src\/|wasm(-vault)?\/glue\.js$|strongroom\.wasm$)/);
      }
    }
  });

  it("has source maps where it refers to them", async () => {
    for (const file of files.filter((name) => name.endsWith(".js"))) {
      const [, map] = /\n\/\/# sourceMappingURL=(.*)/.exec(await read(file)) ?? [];
      if (map) expect(files).toContain(join("dist", map));
    }
    expect(await read("dist/index.js")).toContain("sourceMappingURL=index.js.map");
  });

  it("can be published with provenance: it names the repository it is built from", async () => {
    const { publishConfig, repository, dependencies } = JSON.parse(await read("package.json"));
    expect(publishConfig).toEqual({ access: "public", provenance: true });
    expect(repository).toMatchObject({ type: "git", directory: "sw-shim" });
    expect(dependencies).toBeUndefined();
  });
});
