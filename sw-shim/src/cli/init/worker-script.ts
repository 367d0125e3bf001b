import { devProviderConfiguration } from "../../../../dev-provider/src/configuration";
import { DOCUMENTATION } from "../../checks/catalog";
import { INTERCEPTOR } from "../../configuration/paths";
import { importCall, libraryFor, startCall } from "../../configuration/worker-script";
import type { InterceptOptions } from "../../interceptor/strongroom-interceptor";
import type { VaultConfig } from "../../worker/config";

/** The worker script of an app, with comments. */
export function workerScript(configuration: VaultConfig): string {
  const library = libraryFor(configuration);
  return `/// <reference types="strongroom/${library}" />
${INTRODUCTION}
${importCall(library)}

${startCall(`{\n${entries(configuration)}\n}`)}
`;
}

/** The worker script of an app whose vault has an origin of its own, with comments. */
export function appWorkerScript({ vault, api }: InterceptOptions): string {
  return `/// <reference types="strongroom/${INTERCEPTOR}" />
// Sends requests to these APIs, and the session's requests, to the vault. Contains no token.
// Written by \`strongroom init\`. Edit it as needed: ${DOCUMENTATION}/configuration.md
${importCall(INTERCEPTOR)}

strongroom.intercept({
${[
  comment("The origin of the vault."),
  entry("vault", vault),
  "",
  comment("The `api` URLs of the vault's configuration. The vault decides again which requests get a token."),
  entry("api", api),
].join("\n")}
});
`;
}

/** A typed configuration, from which the Vite plugin generates the worker script. */
export function typedConfiguration(configuration: VaultConfig): string {
  return `import { defineVault } from "strongroom/vite";

${INTRODUCTION}
export default defineVault({
${entries(configuration)}
});
`;
}

const INTRODUCTION = `// Where users sign in, and which requests get a token. Pages cannot change this configuration.
// Written by \`strongroom init\`. Edit it as needed: ${DOCUMENTATION}/configuration.md`;

function entries({ cognito, provider, scopes, api, apps, scope, basePath, recovery }: VaultConfig): string {
  const callbackUrl = apps
    ? "<this origin>/callback.html"
    : `<your origin>${basePath ?? `${scope ?? "/"}auth`}/callback`;
  const signOutUrl = apps ? "of each app, <its origin>/" : `<your origin>${scope ?? "/"}`;
  const signIn = cognito
    ? [
        comment(
          "The user pool. Its app client must be public (no secret) and allow only the authorization code grant.",
        ),
        comment(`Register the callback URL ${callbackUrl} and the sign-out URL ${signOutUrl}.`),
        entry("cognito", cognito),
      ]
    : [
        ...(provider.clientId === LOCAL_CLIENT
          ? [
              comment("The local provider of `strongroom dev-provider`. For a user pool, replace it with"),
              comment("`cognito: { region, userPoolId, clientId, domain }`."),
            ]
          : [
              comment("The OpenID provider and its endpoints. The client must be public and use PKCE."),
              comment(`Register the redirect URI ${callbackUrl}.`),
            ]),
        entry("provider", provider),
      ];
  return [
    ...signIn,
    "",
    comment('The scopes to request: "openid", and those that your APIs require.'),
    entry("scopes", scopes),
    "",
    comment(
      "Requests to these URLs, and to paths below them, get the access token. All others are sent unchanged.",
    ),
    comment('An API Gateway REST API with a Cognito authorizer and no scopes needs { url, token: "id" }.'),
    entry("api", api),
    ...(apps === undefined
      ? []
      : [
          "",
          comment("The origins of the apps. Only they can embed the vault and use the session."),
          entry("apps", apps),
        ]),
    ...(scope === undefined
      ? []
      : [
          "",
          comment("The scope of the service worker: it controls the pages below this path."),
          entry("scope", scope),
        ]),
    ...(basePath === undefined
      ? []
      : [
          "",
          comment("The path of the worker's own endpoints. The host must never serve the app there."),
          entry("basePath", basePath),
        ]),
    ...(recovery === undefined ? [] : ["", comment(RECOVERY[recovery]), entry("recovery", recovery)]),
  ].join("\n");
}

const LOCAL_CLIENT = devProviderConfiguration().provider.clientId;

/** After all tabs were closed, or the browser was restarted. */
const RECOVERY = {
  redirect: "After all tabs were closed, a redirect to the provider and back recovers the session.",
  none: "After all tabs were closed, the user signs in again.",
};

function comment(text: string): string {
  return `  // ${text}`;
}

function entry(key: string, value: unknown): string {
  return `  ${key}: ${literal(value)},`;
}

/** A JavaScript literal: no quotes around keys, short lists on one line. */
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
