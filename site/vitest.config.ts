import { defineConfig } from "vitest/config";

/** Tests of the documents and the site, a check of their own because the site must be built first. */
export default defineConfig({
  test: { include: ["tests/*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000 },
});
