import { defineConfig } from "vitest/config";

/** The unit tests. The scenarios for browsers, in tests/, are started one engine at a time: see tests/vitest.config.ts. */
export default defineConfig({
  test: {
    projects: [
      "sw-shim",
      "demo-spa",
      "dev-provider",
      "scripts",
      "deploy",
      "tests/bench",
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
