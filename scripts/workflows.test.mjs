import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { checks, namesOfAllSystems } from "./checks/select.mjs";
import { root } from "./lib/paths.mjs";

const folder = join(root, ".github", "workflows");
const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));

test("the nightly workflow runs every check that runs only when it is named", () => {
  const { jobs } = parse(readFileSync(join(folder, "nightly.yml"), "utf8"));
  const named = checks.filter(({ onlyByName }) => onlyByName).map(({ name }) => name);
  expect(jobs.check.strategy.matrix.check).toEqual(named);
});

test("workflows name only checks that there are", () => {
  const named = texts
    .flatMap((text) => [...text.matchAll(/npm test -- ([a-z0-9: -]+)$/gm)])
    .flatMap(([, names = ""]) => names.split(" "));
  expect(named).toContain("e2e:safari");
  for (const name of named) expect(namesOfAllSystems).toContain(name);
});

test("every workflow starts with permissions to read and nothing else", () => {
  for (const text of texts) expect(parse(text).permissions).toEqual({ contents: "read" });
});

test("only a tag's workflow may use an identity, and none uses a secret", () => {
  for (const text of texts) {
    if (text.includes("id-token")) expect(parse(text).on).toEqual({ push: { tags: ["v*"] } });
    expect(text).not.toMatch(/secrets\.|pull_request_target/);
  }
});
