import { defineConfig } from "vitest/config";
import { htmlAsText } from "../sw-shim/vitest.config.js";
import { ENGINES } from "./e2e/engines/engine.js";

/** Test files per engine, by the end of the project's name: `npx vitest run --root tests --project firefox-session`. */
const inEachEngine = {
  "": "e2e/*.test.ts",
  "-session": "e2e/session/*.test.ts",
  "-examples": "examples/*.test.ts",
  "-attacks": "attacks/strongroom.test.ts",
};

/** Test files for a vault on an origin of its own: those of this mode alone, and those that both modes share. */
const withVaultOrigin = [
  "e2e/vault-origin/*.test.ts",
  ...[
    "api-requests",
    "crash",
    "demo",
    "endpoints",
    "failed-sign-in",
    "keeper",
    "lab",
    "refusals",
    "return-to",
    "sign-in",
    "sign-out",
    "storage",
    "tabs",
    "token-endpoint-faults",
  ].map((name) => `e2e/${name}.test.ts`),
  // Never "other-scripts": script of the app cannot start workers of the vault's origin.
  ...inSession(
    "back-forward-cache",
    "death",
    "faults",
    "hidden-tabs",
    "long-streams",
    "reachability",
    "recovery",
    "refresh",
    "replay",
    "sign-out-races",
    "update",
  ),
];

const IN_CHROMIUM_ONLY = ["examples/playwright.test.ts", "examples/vite-versions.test.ts"];

/** Test files that a project excludes, and why. */
const leftOut: Record<string, string[]> = {
  // A driven Chromium stops no idle worker, and WebKitGTK keeps one for minutes. So this runs in Firefox only.
  "chromium-session": inSession("long-streams"),
  // Those from "reachability" on would take seven minutes of every run. `npm test -- vault-origin:firefox
  // vault-origin:webkit` runs them.
  "chromium-vault-origin": [
    ...inSession("long-streams", "reachability", "recovery", "refresh"),
    ...["endpoints", "failed-sign-in", "refusals", "return-to", "storage"].map(
      (name) => `e2e/${name}.test.ts`,
    ),
  ],
  // These need the browser to stop a worker, freeze a page, keep its profile or report a crash. WebKitGTK and its driver do none of these.
  "webkit-session": inSession("long-streams", "faults", "hidden-tabs", "recovery", "restart"),
  "webkit-vault-origin": [
    "e2e/lab.test.ts",
    "e2e/vault-origin/durable.test.ts",
    "e2e/vault-origin/crash-reports.test.ts",
    ...inSession("long-streams", "faults", "hidden-tabs", "recovery"),
  ],
  // Playwright drives Chromium here, and what Vite builds is the same for all engines.
  "firefox-examples": IN_CHROMIUM_ONLY,
  "webkit-examples": IN_CHROMIUM_ONLY,
  // The demo's lab page is tested in Chromium only. The attack lab covers every engine.
  firefox: ["e2e/lab.test.ts"],
  // No other browser tells a server about crashes.
  "firefox-vault-origin": ["e2e/lab.test.ts", "e2e/vault-origin/crash-reports.test.ts"],
  // WebKitGTK's driver has no private windows either.
  webkit: ["e2e/lab.test.ts", "e2e/private-window.test.ts"],
  // Safari's driver runs one session at a time, so it has no private windows either.
  safari: ["e2e/lab.test.ts", "e2e/private-window.test.ts"],
};

export default defineConfig({
  test: {
    projects: [
      ...ENGINES.flatMap((engine) =>
        Object.entries(inEachEngine).map(([kind, include]) => shared(`${engine}${kind}`, [include])),
      ),
      ...ENGINES.map((engine) => shared(`${engine}-vault-origin`, withVaultOrigin, true)),
      shared("safari", [inEachEngine[""]]),
      // Each attack without its defence, in Chromium; in Firefox if the attack succeeds only there.
      ...(["chromium", "firefox"] as const).map((engine) =>
        shared(`${engine}-defences`, ["attacks/defences.test.ts"]),
      ),
      // Starts an emulator of AWS, and a browser that resolves a host name to it.
      {
        plugins: [htmlAsText],
        test: {
          name: "emulator",
          include: ["emulator/*.test.ts"],
          fileParallelism: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: "memory", include: ["memory/*.test.ts"], fileParallelism: false } },
    ],
  },
});

function inSession(...names: string[]): string[] {
  return names.map((name) => `e2e/session/${name}.test.ts`);
}

/** Scenarios that share one browser and take turns. Projects may run side by side, each in a process of its own. */
function shared(name: string, include: string[], vaultOrigin = false) {
  return {
    test: {
      name,
      include,
      provide: { vaultOrigin },
      exclude: leftOut[name] ?? [],
      globalSetup: "e2e/engines/global-setup.ts",
      fileParallelism: false,
      // The files of a project may share their modules: what a scenario changes is in the browser and the stand-ins.
      isolate: false,
      // Ends what hangs; the waits within a scenario are shorter, and say what they wait for. Twenty tabs of
      // WebKitGTK took 53 s, and more than 90 on two processors with a load of 15 to 23.
      testTimeout: 180_000,
      // Hooks build apps: on a busy machine Next.js takes more than a minute.
      hookTimeout: 240_000,
    },
  };
}
