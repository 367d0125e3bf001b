import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./lib/paths.mjs";

const RUST_TEST = /^[a-z0-9]+(_[a-z0-9]+)+$/;
const decisions = readdirSync(join(root, "docs/decisions")).map((name) => join("docs/decisions", name));

const ATTACKS = "tests/attacks/attacks/";

/** Links whose text is code: the name of a Rust test, of an attack or of a file. */
const links = ["SECURITY.md", ...decisions].flatMap((document) => {
  const text = readFileSync(join(root, document), "utf8");
  return [...text.matchAll(/\[`([^`\s]+)`\]\(([^)#]+)\)/g)].map(([, name = "", path = ""]) => ({
    name,
    document,
    path: join(dirname(document), path),
  }));
});
const tests = links.filter(({ name }) => RUST_TEST.test(name));
const attacks = links.filter(({ name, path }) => path.startsWith(ATTACKS) && !name.includes("."));
const files = links.filter(({ name }) => /\.\w+$/.test(name));

describe("SECURITY.md and the decisions", () => {
  it("link each Rust test to the file that defines it", () => {
    expect(tests.length).toBeGreaterThan(40);
    const isWrong = ({ name = "", path = "" }) =>
      !readFileSync(join(root, path), "utf8").includes(`fn ${name}(`);
    expect(tests.filter(isWrong)).toEqual([]);
  });

  it("link each attack to the file that defines it", () => {
    expect(attacks.length).toBeGreaterThan(10);
    const isWrong = ({ name = "", path = "" }) =>
      !readFileSync(join(root, path), "utf8").includes(`export const ${name} = attack(`);
    expect(attacks.filter(isWrong)).toEqual([]);
  });

  it("link each file name to a file with that name", () => {
    expect(files.length).toBeGreaterThan(40);
    expect(files.filter(({ name, path }) => !`/${path}`.endsWith(`/${name}`))).toEqual([]);
  });

  it("name no Rust test in SECURITY.md without a link", () => {
    const text = readFileSync(join(root, "SECURITY.md"), "utf8");
    const quoted = [...text.matchAll(/`([^`\s]+)`/g)].map(([, name = ""]) => name);
    const linked = new Set(tests.map(({ name }) => name));
    expect(quoted.filter((name) => RUST_TEST.test(name) && !linked.has(name))).toEqual([]);
  });
});

/** Written by a build or a test run. */
const GENERATED = /(^|\/)(dist|artifacts)(\/|$)/;

it("the documents name only paths of the repository that exist", () => {
  const folders = readdirSync(root).filter((name) => statSync(join(root, name)).isDirectory());
  const guides = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
  const documents = [
    ...["README.md", "CONTRIBUTING.md", "SECURITY.md"],
    ...guides.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`),
  ];
  const paths = documents.flatMap((document) => {
    const text = readFileSync(join(root, document), "utf8");
    return [...text.matchAll(/`([\w.@-]+)(\/[\w.@/-]*)`/g)]
      .filter(([, folder = "", rest = ""]) => folders.includes(folder) && !GENERATED.test(folder + rest))
      .map(([, folder, rest]) => ({ document, path: `${folder}${rest}` }));
  });
  expect(paths.length).toBeGreaterThan(100);
  expect(paths.filter(({ path }) => !existsSync(join(root, path)))).toEqual([]);
});
