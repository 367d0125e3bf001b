import { FIRST_PORT } from "../../../../dev-provider/src/configuration";
import type { Answers } from "./answers";

/** What to do, and with what. An empty `when` continues the step before. */
type NextStep = readonly [when: string, what: string];

interface Next extends Answers {
  /** Name of the worker script that the app connects to. */
  worker: string;
  /** The typed configuration for the Vite plugin. */
  config?: string;
  copy: boolean;
}

/** For an app with the vault on its own origin, and for a Vite project. */
export function nextSteps({
  worker,
  config,
  copy,
  scope = "/",
  basePath = `${scope}auth`,
  devProvider,
}: Next): string {
  const port = devProvider === undefined || devProvider === FIRST_PORT ? "" : ` --port ${devProvider}`;
  return numbered([
    ...(config === undefined
      ? []
      : [
          [
            "In vite.config:",
            `import { strongroom } from "strongroom/vite"; and plugins: [..., strongroom({ config: "${config}" })]`,
          ] as const,
        ]),
    ...(copy
      ? []
      : [
          [
            "In vite.config:",
            "add the plugin of strongroom/vite: npx --no-install strongroom headers --for vite",
          ] as const,
        ]),
    ["In the app:", `const vault = await connect({ worker: "${scope}${worker}" });`],
    ["", `or, in React, <VaultProvider worker="${scope}${worker}">`],
    ...(devProvider === undefined
      ? ([
          [
            "At the provider:",
            `allow the callback URL <your origin>${basePath}/callback, and no other page of the app,`,
          ],
          ["", `and the sign-out URL <your origin>${scope}`],
          ["On the host:", "npx --no-install strongroom headers --for <your host>"],
          ["Once deployed:", "npx --no-install strongroom doctor <URL>"],
        ] as const)
      : ([
          ["To sign in:", `run npx --no-install strongroom dev-provider${port} in another terminal`],
        ] as const)),
  ]);
}

/** For a vault on an origin of its own. `headers` is the file with the host's headers, if it was written. */
export function nextStepsOfVaultOrigin({
  folder,
  script,
  apps,
  headers,
}: {
  folder: string;
  script: string;
  apps: string[];
  headers: string | undefined;
}): string {
  return numbered([
    ...stepsOfVaultOrigin(
      folder,
      apps,
      headers === undefined
        ? `with the headers of: npx --no-install strongroom headers --config ${script} --for <your host>`
        : `with the headers in ${headers}`,
    ),
    ["In the app:", "npx --no-install strongroom init public --vault https://<vault>"],
  ]);
}

/** For a Vite project whose vault has an origin of its own. */
export function nextStepsOfViteVault(config: string, apps: string[]): string {
  return numbered([
    [
      "In vite.config:",
      `import { strongroom } from "strongroom/vite"; and plugins: [..., strongroom({ config: "${config}", vault: "https://<vault>" })]`,
    ],
    ["In the app:", 'const vault = await connect({ worker: "/app-worker.js" });'],
    ["", 'or, in React, <VaultProvider worker="/app-worker.js">'],
    ...stepsOfVaultOrigin(
      "dist-vault, which `vite build` writes,",
      apps,
      "with the headers of: npx --no-install strongroom headers --for <your host>",
    ),
  ]);
}

function stepsOfVaultOrigin(folder: string, apps: string[], headers: string): NextStep[] {
  return [
    [
      "On the host:",
      `serve ${folder} at https://<vault>, of the same site as the apps (such as vault.example.com for app.example.com),`,
    ],
    ["", headers],
    ["At the provider:", "allow the callback URL https://<vault>/callback.html"],
    ["", `and the sign-out URLs ${apps.map((app) => `${app}/`).join(", ")}`],
    ["At the API:", "let CORS allow the origin https://<vault>, and the header Authorization"],
  ];
}

/** For an app whose vault has an origin of its own. */
export function nextStepsOfApp(worker: string, vault: string): string {
  return numbered([
    ["In the app:", `const vault = await connect({ worker: "/${worker}" });`],
    ["", `or, in React, <VaultProvider worker="/${worker}">`],
    ["On the host:", `if the app has a Content-Security-Policy, add ${vault} to its frame-src`],
    ["At the vault:", "list the app's origin in `apps` of its vault-worker.js"],
  ]);
}

function numbered(steps: readonly NextStep[]): string {
  let number = 0;
  const lines = steps.map(([when, what]) => `  ${when ? `${++number}. ` : "   "}${when.padEnd(18)}${what}`);
  return ["", "Next steps:", ...lines].join("\n");
}
