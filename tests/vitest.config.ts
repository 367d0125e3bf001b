import { defineConfig } from "vitest/config";
import { ENGINES } from "./e2e/engines/engine.js";

/** Three projects per engine, the same scenarios and attacks in each engine: `npx vitest run --root tests --project firefox`. */
export default defineConfig({
  test: {
    projects: ENGINES.flatMap((engine) => [
      { name: engine as string, include: ["e2e/*.test.ts"] },
      { name: `${engine}-session`, include: ["e2e/session/*.test.ts"] },
      { name: `${engine}-attacks`, include: ["attacks/strongroom.test.ts"] },
      // That the attacks notice, one engine is enough to show.
      ...(engine === "chromium"
        ? [{ name: "chromium-defences", include: ["attacks/defences.test.ts"] }]
        : []),
    ]).map(({ name, include }) => ({
      test: {
        name,
        include,
        globalSetup: "e2e/engines/global-setup.ts",
        // The scenarios of one engine share its browser, so they take turns. Engines may run side by side, each in a
        // process of its own.
        fileParallelism: false,
        testTimeout: 30_000,
        hookTimeout: 60_000,
      },
    })),
  },
});
