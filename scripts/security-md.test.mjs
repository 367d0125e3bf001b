import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./lib/paths.mjs";

const text = readFileSync(join(root, "SECURITY.md"), "utf8");
const quoted = [...text.matchAll(/`([^`\s]+)`/g)].map(([, name]) => name ?? "");

describe("SECURITY.md", () => {
  it("names only files that exist", () => {
    const paths = quoted.filter((name) => /^(crate|docs|sw-shim|tests)\/.*\.\w+$/.test(name));
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it("names only tests that exist", () => {
    const names = quoted.filter((name) => /^[a-z0-9]+(_[a-z0-9]+){1,}$/.test(name));
    expect(names.length).toBeGreaterThan(20);
    const defined = execFileSync("git", ["grep", "-hoE", "fn [a-z0-9_]+", "--", "crate"], { cwd: root });
    const functions = new Set(String(defined).split("\n"));
    expect(names.filter((name) => !functions.has(`fn ${name}`))).toEqual([]);
  });

  it("names each test of a crate before the file that has it", () => {
    const misplaced = quoted.filter((name, index) => {
      if (!/^[a-z0-9]+(_[a-z0-9]+){1,}$/.test(name)) return false;
      const file = quoted.slice(index).find((later) => /^crate\/.*\.rs$/.test(later)) ?? "";
      return !readFileSync(join(root, file), "utf8").includes(`fn ${name}(`);
    });
    expect(misplaced).toEqual([]);
  });
});
