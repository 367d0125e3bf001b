import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./lib/paths.mjs";

const text = readFileSync(join(root, "SECURITY.md"), "utf8");
const RUST_TEST = /^[a-z0-9]+(_[a-z0-9]+)+$/;
/** Links whose text is code: the name of a Rust test or of a file. */
const links = [...text.matchAll(/\[`([^`\s]+)`\]\(([^)]+)\)/g)].map(([, name = "", path = ""]) => ({
  name,
  path,
}));
const tests = links.filter(({ name }) => RUST_TEST.test(name));
const files = links.filter(({ name }) => !RUST_TEST.test(name));

describe("SECURITY.md", () => {
  it("links each test of a crate to the file that defines it", () => {
    expect(tests.length).toBeGreaterThan(20);
    expect(tests.filter(({ name, path }) => !contentOf(path).includes(`fn ${name}(`))).toEqual([]);
  });

  it("links each file name to that file", () => {
    expect(files.length).toBeGreaterThan(20);
    const isWrong = ({ name = "", path = "" }) => !path.endsWith(`/${name}`) || !existsSync(join(root, path));
    expect(files.filter(isWrong)).toEqual([]);
  });

  it("names no test of a crate without a link", () => {
    const quoted = [...text.matchAll(/`([^`\s]+)`/g)].map(([, name = ""]) => name);
    const linked = new Set(tests.map(({ name }) => name));
    expect(quoted.filter((name) => RUST_TEST.test(name) && !linked.has(name))).toEqual([]);
  });
});

/** @param {string} path */
function contentOf(path) {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : "";
}
