import { devProviderConfiguration } from "../../../../dev-provider/src/configuration";
import type { VaultConfig } from "../../worker/config";
import { WORKER_FILE } from "./worker-file";

/** The worker script of an app, with comments for whoever opens it next. */
export function workerScript(configuration: VaultConfig): string {
  return `/// <reference types="strongroom/${WORKER_FILE}" />
${INTRODUCTION}
importScripts("${WORKER_FILE}");

strongroom.start({
${entries(configuration)}
});
`;
}

/** The same as a typed configuration, of which the Vite plugin makes the worker script. */
export function typedConfiguration(configuration: VaultConfig): string {
  return `import { defineVault } from "strongroom/vite";

${INTRODUCTION}
export default defineVault({
${entries(configuration)}
});
`;
}

const DOCUMENTATION = "https://github.com/strongroom/strongroom/blob/main/docs/configuration.md";

const INTRODUCTION = `// Where users sign in, and which requests get their tokens. Pages cannot change it.
// Written by \`strongroom init\`, and yours to edit: ${DOCUMENTATION}`;

function entries({ cognito, provider, scopes, api, scope, basePath, recovery }: VaultConfig): string {
  const endpoints = basePath ?? `${scope ?? "/"}auth`;
  const signOutUrl = `<your origin>${scope ?? "/"}`;
  const signIn = cognito
    ? [
        comment(
          "The user pool. Its app client is public (no secret) and allows only the authorization code grant.",
        ),
        comment(
          `Allow there the callback URL <your origin>${endpoints}/callback and the sign-out URL ${signOutUrl}.`,
        ),
        entry("cognito", cognito),
      ]
    : [
        ...(provider.clientId === LOCAL_CLIENT
          ? [
              comment("The local provider of `strongroom dev-provider`. For a user pool, replace it with"),
              comment("`cognito: { region, userPoolId, clientId, domain }`."),
            ]
          : [
              comment("The OpenID provider, with its endpoints. The client is public and uses PKCE."),
              comment(`Register there the redirect URI <your origin>${endpoints}/callback.`),
            ]),
        entry("provider", provider),
      ];
  return [
    ...signIn,
    "",
    comment('What to ask for: "openid" always, and the scopes that your APIs require.'),
    entry("scopes", scopes),
    "",
    comment(
      "Requests to these URLs, and to paths below them, get the access token. All others are sent unchanged.",
    ),
    comment('An API Gateway REST API with a Cognito authorizer and no scopes needs { url, token: "id" }.'),
    entry("api", api),
    ...(scope === undefined
      ? []
      : [
          "",
          comment("The folder of the app. The service worker controls the pages below it."),
          entry("scope", scope),
        ]),
    ...(basePath === undefined
      ? []
      : [
          "",
          comment("Where the vault's own endpoints live. The host must never answer them with the app."),
          entry("basePath", basePath),
        ]),
    ...(recovery === undefined ? [] : ["", comment(RECOVERY[recovery]), entry("recovery", recovery)]),
  ].join("\n");
}

const LOCAL_CLIENT = devProviderConfiguration().provider.clientId;

/** After all tabs were closed, or a restart of the browser. */
const RECOVERY = {
  redirect: "A session of which no tab is left is recovered by a redirect to the provider and back.",
  none: "A session of which no tab is left is over: the user signs in again.",
};

function comment(text: string): string {
  return `  // ${text}`;
}

function entry(key: string, value: unknown): string {
  return `  ${key}: ${literal(value)},`;
}

/** JSON as a person would write it in JavaScript: no quotes around keys, short lists on one line. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => oneLine(item)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const lines = Object.entries(value).map(([key, inner]) => `    ${key}: ${JSON.stringify(inner)},`);
  return `{\n${lines.join("\n")}\n  }`;
}

function oneLine(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${JSON.stringify(inner)}`)
    .join(", ")} }`;
}
