import { readFile } from "node:fs/promises";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** `import page from "./page.html"` is its text, as in the build. */
export const htmlAsText: Plugin = {
  name: "html-as-text",
  enforce: "pre",
  async load(id) {
    if (id.endsWith(".html")) return `export default ${JSON.stringify(await readFile(id, "utf8"))};`;
  },
};

export default defineConfig({
  plugins: [htmlAsText],
  define: { STRONGROOM_VERSION: JSON.stringify("1.2.3"), VAULT_ORIGIN: "true" },
  // Some tests start processes, which takes long on a busy machine.
  test: { include: ["tests/**/*.test.{ts,tsx}"], testTimeout: 30_000 },
});
