import { defineConfig } from "vitest/config";

/** What is reckoned from figures. The figures themselves are in no test: they differ from run to run. */
export default defineConfig({ test: { include: ["*.test.ts"] } });
