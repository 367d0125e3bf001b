import { defineConfig } from "vitest/config";

/** The unit tests. The scenarios for browsers, in tests/, are started one engine at a time: see tests/vitest.config.ts. */
export default defineConfig({
  test: {
    projects: [
      "sw-shim",
      { test: { name: "demo-spa", root: "demo-spa" } },
      { test: { name: "dev-provider", root: "dev-provider" } },
      "scripts",
      // Each test of deploy's command line starts a process, on machines that are busy with browsers.
      { test: { name: "deploy", root: "deploy", testTimeout: 30_000 } },
      { test: { name: "bench", root: "tests/bench" } },
      { test: { name: "engines", root: "tests/e2e/engines" } },
      { test: { name: "stand-ins", root: "tests/stand-ins" } },
      {
        test: {
          name: "attack-lab",
          root: "tests/attacks",
          include: ["secrets.test.ts", "victims/*.test.ts"],
        },
      },
    ],
  },
});
