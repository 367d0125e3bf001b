import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { slug } from "github-slugger";
import { type DefaultTheme, defineConfig, type UserConfig } from "vitepress";
import llmstxt from "vitepress-plugin-llms";
import { diagrams } from "./diagrams";
import { linksAsOnGitHub } from "./links";
import { search } from "./search";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The site's pages. Links to other files lead to GitHub. */
const pages = ["README.md", "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/", "site/api/"];

/** VitePress has only an option for files to exclude. */
const others = [...below(""), ...below("site/")].filter(
  (path) => !pages.includes(path) && !pages.some((page) => page.startsWith(path)),
);

export default defineConfig({
  title: "Strongroom",
  description: "A token vault for single-page apps: sign-in, tokens and bearer headers in a service worker.",
  lang: "en",
  // The folder of the site on its host, such as the repository's name on GitHub Pages.
  base: (process.env.DOCS_BASE ?? "/") as `/${string}/`,
  srcDir: root,
  srcExclude: others.map((path) => (path.endsWith("/") ? `${path}**` : path)),
  rewrites: { "README.md": "index.md", "site/api/:path*": "api/:path*" },
  outDir: fileURLToPath(new URL("../dist", import.meta.url)),
  cacheDir: fileURLToPath(new URL("../dist/.cache", import.meta.url)),
  cleanUrls: false,
  lastUpdated: false,
  head: [["link", { rel: "icon", href: icon() }]],
  markdown: {
    anchor: { slugify: slug },
    config: (md) => {
      md.use(linksAsOnGitHub, { root, pages });
      md.use(diagrams);
    },
  },
  // The API reference is generated from comments in the sources.
  transformPageData({ relativePath, frontmatter }) {
    if (relativePath.startsWith("api/")) frontmatter.editLink = false;
  },
  vite: { plugins: [markdownFiles()] },
  themeConfig: {
    search,
    editLink: {
      pattern: "https://github.com/strongroom/strongroom/edit/main/:path",
      text: "Edit this page on GitHub",
    },
    outline: [2, 3],
    nav: [
      { text: "Guides", link: "/docs/guides/quick-start", activeMatch: "/docs/guides/" },
      { text: "Configuration", link: "/docs/configuration" },
      { text: "API", link: "/api/", activeMatch: "/api/" },
      { text: "Security", link: "/SECURITY" },
    ],
    sidebar: sidebar(),
    socialLinks: [{ icon: "github", link: "https://github.com/strongroom/strongroom" }],
    footer: { message: "MIT or Apache 2.0" },
  },
});

/** Makes llms.txt, llms-full.txt, and beside each page its Markdown. Its types are of Vite 8, and VitePress's of Vite 5. */
function markdownFiles() {
  const plugins: unknown = llmstxt({ injectLLMHint: false, excludeUnnecessaryFiles: false });
  return plugins as NonNullable<NonNullable<UserConfig["vite"]>["plugins"]>[number];
}

function sidebar(): DefaultTheme.SidebarItem[] {
  return [
    {
      text: "Guides",
      items: [
        { text: "Overview", link: "/" },
        { text: "Quick starts", link: "/docs/guides/quick-start" },
        { text: "Cognito user pool", link: "/docs/guides/cognito" },
        { text: "API Gateway", link: "/docs/guides/api-gateway" },
        { text: "Hosting", link: "/docs/guides/hosting" },
        { text: "Deploy on AWS", link: "/docs/deploy" },
        { text: "Troubleshooting", link: "/docs/guides/troubleshooting" },
        { text: "Migrating", link: "/docs/guides/migrate" },
        { text: "Several apps", link: "/docs/guides/several-apps" },
        { text: "Vault on its own origin", link: "/docs/guides/vault-origin" },
        { text: "Libraries and the CSP", link: "/docs/guides/recipes" },
        { text: "PWA with Workbox", link: "/docs/pwa" },
        { text: "FAQ", link: "/docs/guides/faq" },
      ],
    },
    {
      text: "How it works",
      items: [
        { text: "Architecture", link: "/docs/architecture" },
        { text: "Sessions", link: "/docs/session" },
        { text: "Sessions on a vault origin", link: "/docs/session-vault-origin" },
        { text: "Security", link: "/SECURITY" },
        { text: "Attacks", link: "/docs/attacks" },
        { text: "Memory", link: "/docs/memory" },
        { text: "Scale", link: "/docs/scale" },
        { text: "Benchmarks", link: "/docs/benchmarks" },
        { text: "Decisions", collapsed: true, items: decisions() },
      ],
    },
    {
      text: "Reference",
      items: [
        { text: "Configuration", link: "/docs/configuration" },
        { text: "Host headers", link: "/docs/host-headers" },
        { text: "Command line", link: "/docs/command-line" },
        { text: "Errors", link: "/docs/errors" },
        { text: "Protocol", link: "/docs/protocol" },
        { text: "API", link: "/api/", collapsed: true, items: modules() },
        { text: "Changelog", link: "/CHANGELOG" },
        { text: "Contributing", link: "/CONTRIBUTING" },
      ],
    },
  ];
}

/** What is in a folder, by its path from the root. A folder's path ends in `/`. */
function below(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).map(
    (entry) => `${folder}${entry.name}${entry.isDirectory() ? "/" : ""}`,
  );
}

/** Each is named by its heading: `# 6. The keeper`. */
function decisions(): DefaultTheme.SidebarItem[] {
  const folder = `${root}/docs/decisions`;
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const [, text = file] = /^# (.*)/.exec(readFileSync(`${folder}/${file}`, "utf8")) ?? [];
      return { text, link: `/docs/decisions/${file.replace(/\.md$/, "")}` };
    });
}

/** The modules of the API reference. */
function modules(): DefaultTheme.SidebarItem[] {
  return (
    readdirSync(`${root}/site/api`, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".md") && file !== "index.md")
      .map((file) => file.replace(/\.md$/, ""))
      .sort()
      // With its ending: a module is called `strongroom-worker.js`, which looks like one.
      .map((text) => ({ text, link: `/api/${text}.html` }))
  );
}

/** The demo's. In the page itself: the source folder is the whole repository, and has no folder of public files. */
function icon(): string {
  const svg = readFileSync(`${root}/demo-spa/public/favicon.svg`, "utf8");
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
