import { defineConfig } from "vitest/config";

/** Tests of the packed package, a check of their own because they start npm, TypeScript and Node.js. */
export default defineConfig({
  test: { include: ["*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000 },
});
