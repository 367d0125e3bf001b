import type { VaultConfig } from "../../worker/config";
import { WORKER_FILE } from "./worker-file";

/** The worker script of an app, with comments for whoever opens it next. */
export function workerScript(configuration: VaultConfig): string {
  const { cognito, provider, scopes, api, basePath, recovery } = configuration;
  const signIn = cognito
    ? [
        comment(
          "The user pool. Its app client is public (no secret), with the authorization code grant and nothing else.",
        ),
        comment(
          `Allow there the callback URL <your origin>${basePath ?? "/auth"}/callback and the sign-out URL <your origin>/.`,
        ),
        entry("cognito", cognito),
      ]
    : [
        comment(
          "The OpenID provider, as its discovery document names things. The client is public, with PKCE.",
        ),
        comment(`Register there the redirect URI <your origin>${basePath ?? "/auth"}/callback.`),
        entry("provider", provider),
      ];
  return `/// <reference types="strongroom/${WORKER_FILE}" />
// The vault of this app: where users sign in, and which requests get their tokens. Pages cannot change it.
// Written by \`strongroom init\`, and yours to edit: ${DOCUMENTATION}
importScripts("${WORKER_FILE}");

strongroom.start({
${[
  ...signIn,
  "",
  comment('What to ask for: "openid" always, and the scopes that your APIs want to see.'),
  entry("scopes", scopes),
  "",
  comment(
    "Requests to these URLs, and to paths below them, get the access token. All others go out as they are.",
  ),
  comment('An API Gateway REST API with a Cognito authorizer and no scopes wants { url, token: "id" }.'),
  entry("api", api),
  ...(basePath === undefined
    ? []
    : [
        "",
        comment("Where the vault's own endpoints live. The host must never answer them with the app."),
        entry("basePath", basePath),
      ]),
  ...(recovery === undefined ? [] : ["", comment(RECOVERY[recovery]), entry("recovery", recovery)]),
].join("\n")}
});
`;
}

const DOCUMENTATION = "https://github.com/strongroom/strongroom/blob/main/docs/configuration.md";

/** After all tabs were closed, or a restart of the browser. */
const RECOVERY = {
  redirect: "A session of which no tab is left comes back by a redirect to the provider and back.",
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
