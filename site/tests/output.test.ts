import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const site = fileURLToPath(new URL("../dist", import.meta.url));

it("llms.txt lists the Markdown of every guide, and each file that it lists exists", () => {
  const links = [...read("llms.txt").matchAll(/\]\(\/([^)]+\.md)\)/g)].map(([, path = ""]) => path);
  expect(links).toContain("docs/guides/cognito.md");
  expect(links).toContain("api/strongroom/testing/playwright.md");
  expect(links.filter((path) => !existsSync(join(site, path)))).toEqual([]);
});

it("a page's Markdown is that of the repository", () => {
  expect(read("docs/guides/cognito.md")).toContain(headingOf("docs/guides/cognito.md"));
});

it("a page leads to its source, and a page of the API reference does not", () => {
  const edit = "https://github.com/strongroom/strongroom/edit/main/";
  expect(read("docs/guides/cognito.html")).toContain(`${edit}docs/guides/cognito.md`);
  expect(read("index.html")).toContain(`${edit}README.md`);
  expect(read("api/strongroom/react.html")).not.toContain(`href="${edit}`);
});

function read(path: string): string {
  return readFileSync(join(site, path), "utf8");
}

/** Of a file of the repository. */
function headingOf(path: string): string {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  return /^# .*/m.exec(text)?.[0] ?? "";
}
