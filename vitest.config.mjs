import { defineConfig } from "vitest/config";

/**
 * @param {string} name
 * @param {string} root
 * @param {string[]} [include]
 */
function units(name, root, include) {
  // A test that waits this long waits for ever. The default of 5 s is too short for one that starts a process on a busy machine.
  return { test: { name, root, testTimeout: 30_000, ...(include && { include }) } };
}

/** The unit tests. The scenarios for browsers, in tests/, are started one engine at a time: see tests/vitest.config.ts. */
export default defineConfig({
  test: {
    projects: [
      "sw-shim",
      units("demo-spa", "demo-spa"),
      units("dev-provider", "dev-provider"),
      units("scripts", "scripts"),
      units("deploy", "deploy"),
      units("bench", "tests/bench"),
      units("engines", "tests/e2e/engines"),
      units("stand-ins", "tests/stand-ins"),
      units("attack-lab", "tests/attacks", ["secrets.test.ts", "victims/*.test.ts"]),
    ],
  },
});
