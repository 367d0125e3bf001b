import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../sw-shim/packaging/packed";

/** A code block of a Markdown file. */
export interface Block {
  /** The Markdown file, from the root, and the line on which the code begins. */
  at: string;
  language: string;
  code: string;
  /** The path in its first line, such as `// src/main.tsx`. */
  path: string | undefined;
}

/** Documents for users, without decisions and other documents for maintainers. */
export const documents = [
  "README.md",
  "sw-shim/README.md",
  ...["docs", "docs/guides"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  ),
];

/** The API reference, which typedoc makes from the comments in the source: it exists once the site has been built. */
export function apiPages(): string[] {
  return readdirSync(join(root, "site/api"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `site/api/${name}`);
}

/** The fenced blocks of a document in one of the languages. */
export function blocksOf(document: string, languages: string[]): Block[] {
  const text = readFileSync(join(root, document), "utf8");
  const fences = text.matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...fences]
    .filter(([, language = ""]) => languages.includes(language))
    .map(([, language = "", code = ""], index, all) => ({
      at: `${document}:${lineOf(text, all[index]?.index ?? 0) + 1}`,
      language,
      code,
      path: /^\/\/ ([\w./-]+\.\w+)/.exec(code)?.[1],
    }));
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
