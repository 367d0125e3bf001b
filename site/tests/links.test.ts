import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Parser } from "htmlparser2";
import { expect, it } from "vitest";

const site = fileURLToPath(new URL("../dist", import.meta.url));

/** The site's URL. Links to other hosts are not checked, because a test must not depend on them. */
const ORIGIN = "https://docs.example";

interface Page {
  anchors: Set<string>;
  links: string[];
}

const files = readdirSync(site, { recursive: true, encoding: "utf8" });
const pages = new Map(files.filter((name) => name.endsWith(".html")).map((name) => [name, read(name)]));

it("there is a page for each document that users read", () => {
  for (const name of ["index.html", "SECURITY.html", "docs/guides/faq.html", "api/strongroom/react.html"]) {
    expect(pages.keys()).toContain(name);
  }
});

it("no link of the site is dead, anchors included", () => {
  const dead = [...pages].flatMap(([name, { links }]) =>
    links.filter((link) => isDead(new URL(link, `${ORIGIN}/${name}`))).map((link) => `${link} on ${name}`),
  );
  expect(dead).toEqual([]);
});

function isDead({ origin, pathname, hash }: URL): boolean {
  if (origin !== ORIGIN) return false;
  const path = decodeURIComponent(pathname.slice(1));
  const name = path === "" || path.endsWith("/") ? `${path}index.html` : path;
  if (!files.includes(name)) return true;
  return hash !== "" && !pages.get(name)?.anchors.has(decodeURIComponent(hash.slice(1)));
}

function read(name: string): Page {
  const page: Page = { anchors: new Set(), links: [] };
  const parser = new Parser({
    onopentag(_tag, { id, href, src }) {
      if (id) page.anchors.add(id);
      for (const link of [href, src]) if (link) page.links.push(link);
    },
  });
  parser.end(readFileSync(join(site, name), "utf8"));
  return page;
}
