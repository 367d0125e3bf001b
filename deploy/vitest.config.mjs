import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    // Each test of the command line starts a process, on machines that are busy with browsers.
    testTimeout: 30_000,
  },
});
