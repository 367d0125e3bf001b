import { defineConfig } from "vitest/config";

/** Tests of the packed package: npm, TypeScript and Node.js are started for them, so they are a check of their own. */
export default defineConfig({
  test: { include: ["*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000 },
});
