import { defineConfig } from "vitest/config";

/** Tests of the documents and of the site made from them: a check of their own, since the site has to be built first. */
export default defineConfig({
  test: { include: ["tests/*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000 },
});
