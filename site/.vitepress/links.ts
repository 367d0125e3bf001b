import { existsSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { MarkdownRenderer } from "vitepress";

interface Options {
  /** The checkout. */
  root: string;
  /** Paths of the site's pages, from the checkout. One that ends in `/` means all below it. */
  pages: string[];
}

const GITHUB = "https://github.com/strongroom/strongroom";

/**
 * Links between files mean the same as on GitHub: to a page, or to a file or folder that the site does not have and
 * GitHub shows. A link to nothing is left as it is, for the check of dead links to find.
 */
export function linksAsOnGitHub(md: MarkdownRenderer, { root, pages }: Options): void {
  // Before VitePress resolves the links.
  md.core.ruler.push("links-as-on-github", ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.attrGet("href");
      if (token.type === "link_open" && href && !/^([a-z]+:|#|\/)/.test(href)) {
        token.attrSet("href", target(href, env.realPath ?? env.path));
      }
    }
  });

  function target(href: string, from: string): string {
    const [path = "", hash = ""] = href.split(/(?=#)/);
    const file = relative(root, join(dirname(from), path));
    if (pages.some((page) => (page.endsWith("/") ? file.startsWith(page) : file === page))) {
      if (path.endsWith(".md")) return href.replace(/\bREADME\.md/, "index.md");
    }
    const real = join(root, file);
    if (!existsSync(real)) return href;
    return `${GITHUB}/${statSync(real).isDirectory() ? "tree" : "blob"}/main/${file}${hash}`;
  }
}
