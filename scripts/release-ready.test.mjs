import { expect, test } from "vitest";
import { problemsOf } from "./release-ready.mjs";

const versions = { "sw-shim": "1.2.0", "dev-provider": "1.2.0" };
const changelog =
  "# Changelog\n\n## Unreleased\n\n## 1.2.0: 2026-12-01\n\n- **Something** new.\n\n## 1.1.0: 2026-11-01\n\n- Older.\n";

test("a tag that equals both versions and has a dated entry may be published", () => {
  expect(problemsOf("v1.2.0", versions, changelog)).toEqual([]);
});

test("a tag that differs from a package's version is refused", () => {
  expect(problemsOf("v1.2.0", { ...versions, "dev-provider": "1.1.0" }, changelog)).toEqual([
    "dev-provider/package.json has version 1.1.0, and the tag is v1.2.0.",
  ]);
});

test.each([
  ["no entry", changelog.replace("1.2.0", "1.3.0")],
  ["an entry still called unreleased", changelog.replace("## 1.2.0: 2026-12-01", "## Unreleased: 1.2.0")],
])("a changelog with %s is refused", (_, text) => {
  expect(problemsOf("v1.2.0", versions, text)).toEqual([
    'CHANGELOG.md has no heading "## 1.2.0: YYYY-MM-DD".',
  ]);
});

test("an entry that says nothing is refused", () => {
  const empty = changelog.replace("- **Something** new.\n\n", "");
  expect(problemsOf("v1.2.0", versions, empty)).toEqual(['CHANGELOG.md says nothing under "## 1.2.0".']);
});

test.each(["1.2.0", "v1.2", "v1.2.0; rm -rf .", ""])("%j is no tag of a release", (tag) => {
  expect(problemsOf(tag, versions, changelog)).toHaveLength(1);
});
