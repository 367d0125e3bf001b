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
  /** The configuration for `headers`, if it would read another one. */
  headersOf?: string;
}

/** For an app with the vault on its own origin, and for a Vite project. */
export function nextSteps({
  worker,
  config,
  copy,
  scope = "/",
  basePath = `${scope}auth`,
  devProvider,
  headersOf,
}: Next): string {
  return numbered([
    ...(config === undefined ? [] : [pluginStep(`config: "${config}"`)]),
    ...(copy
      ? []
      : [
          [
            "In vite.config:",
            "add the plugin of strongroom/vite: npx --no-install strongroom headers --for vite",
          ] as const,
        ]),
    ...connectSteps(scope + worker),
    ...(devProvider === undefined
      ? ([
          [
            "At the provider:",
            `allow the callback URL <your origin>${basePath}/callback, and no other page of the app,`,
          ],
          ["", `and the sign-out URL <your origin>${scope}`],
          [
            "On the host:",
            `npx --no-install strongroom headers ${headersOf === undefined ? "" : `--config ${headersOf} `}--for <your host>`,
          ],
          ["Once deployed:", "npx --no-install strongroom doctor <URL>"],
        ] as const)
      : [signInStep(devProvider)]),
  ]);
}

/** For a vault on an origin of its own. `headers` is the file with the host's headers, if it was written. */
export function nextStepsOfVaultOrigin({
  folder,
  script,
  apps,
  headers,
  devProvider,
}: {
  folder: string;
  script: string;
  apps: string[];
  headers: string | undefined;
  devProvider: number | undefined;
}): string {
  const vault = devProvider === undefined ? "https://<vault>" : "http://vault.strongroom.localhost:<port>";
  return numbered([
    ...hostSteps(
      folder,
      vault,
      headers === undefined
        ? `with the headers of: npx --no-install strongroom headers --config ${script} --for <your host>`
        : `with the headers in ${headers}`,
    ),
    ["In the app:", `npx --no-install strongroom init public --vault ${vault}`],
    ...(devProvider === undefined ? registrationSteps(apps) : [signInStep(devProvider)]),
  ]);
}

/** For a Vite project whose vault has an origin of its own. */
export function nextStepsOfViteVault(config: string, apps: string[], { devProvider }: Answers): string {
  return numbered([
    pluginStep(`config: "${config}", vault: "https://<vault>"`),
    ...connectSteps("/app-worker.js"),
    ...(devProvider === undefined
      ? [
          ...hostSteps(
            "dist-vault, which `vite build` writes,",
            "https://<vault>",
            "with the headers of: npx --no-install strongroom headers --for <your host>",
          ),
          ...registrationSteps(apps),
        ]
      : [
          signInStep(devProvider),
          ["", "and npx vite in this one, and open the app at the URL that vite prints last"] as const,
        ]),
  ]);
}

/** For an app whose vault has an origin of its own. */
export function nextStepsOfApp(worker: string, vault: string): string {
  return numbered([
    ...connectSteps(`/${worker}`),
    ["On the host:", `if the app has a Content-Security-Policy, add ${vault} to its frame-src`],
    ["At the vault:", "list the app's origin in `apps` of its vault-worker.js"],
  ]);
}

function pluginStep(options: string): NextStep {
  return [
    "In vite.config:",
    `import { strongroom } from "strongroom/vite"; and plugins: [..., strongroom({ ${options} })]`,
  ];
}

function connectSteps(worker: string): NextStep[] {
  return [
    ["In the app:", `const vault = await connect({ worker: "${worker}" });`],
    ["", `or, in React, <VaultProvider worker="${worker}">`],
  ];
}

function signInStep(port: number): NextStep {
  const flag = port === FIRST_PORT ? "" : ` --port ${port}`;
  return ["To sign in:", `run npx --no-install strongroom dev-provider${flag} in another terminal`];
}

function hostSteps(folder: string, vault: string, headers: string): NextStep[] {
  const site = vault.startsWith("https:")
    ? "of the same site as the apps (such as vault.example.com for app.example.com)"
    : "and the app at http://app.strongroom.localhost:<port>";
  return [
    ["On the host:", `serve ${folder} at ${vault}, ${site},`],
    ["", headers],
  ];
}

function registrationSteps(apps: string[]): NextStep[] {
  return [
    ["At the provider:", "allow the callback URL https://<vault>/callback.html"],
    ["", `and the sign-out URLs ${apps.map((app) => `${app}/`).join(", ")}`],
    ["At the API:", "let CORS allow the origin https://<vault>, and the header Authorization"],
  ];
}

function numbered(steps: readonly NextStep[]): string {
  let number = 0;
  const lines = steps.map(([when, what]) => `  ${when ? `${++number}. ` : "   "}${when.padEnd(18)}${what}`);
  return ["", "Next steps:", ...lines].join("\n");
}
