import type { HostRule } from "../../headers";
import { filesOf, type HostSettings, json, kindsOf, literalPattern, withoutOwnTypes } from "./format";

/** `firebase.json`. A function serves the endpoints: the host's own rules cannot send 204. */
export function firebase({ rules }: HostSettings): string {
  const { endpoints, workers, app } = kindsOf(rules);
  const toFunction = [endpoints, ...workers].map((rule) => ({
    regex: patternOf(rule),
    function: { functionId: "strongroom" },
  }));
  return json({
    hosting: {
      public: "dist",
      ignore: ["firebase.json", "**/.*", "**/node_modules/**"],
      // All matching rules apply, and the last one with a header wins. No rule can remove a header.
      headers: [
        { source: "**", headers: pairs(app.headers) },
        ...[endpoints, ...workers].map((rule) => ({
          regex: patternOf(rule),
          headers: pairs({
            ...withoutOwnTypes(rule.headers),
            // The default without the header.
            "Cross-Origin-Opener-Policy": "unsafe-none",
          }),
        })),
      ],
      // Files come first: the function gets requests for a worker script only if the file is missing.
      rewrites: [...toFunction, { source: "**", destination: "/index.html" }],
    },
    functions: { source: "functions" },
  });
}

/**
 * `firebase.json` of a vault origin, in the folder with its files. The host sends 404.html for paths without a file. All matching rules
 * apply, and the last one with a header wins, so the rule for other paths comes first.
 */
export function firebaseVault(rules: HostRule[]): string {
  const { files, missing } = filesOf(rules);
  return `${json({
    hosting: {
      public: ".",
      ignore: ["firebase.json", "**/.*"],
      headers: [
        { source: "**", headers: pairs(withoutOwnTypes(missing.headers)) },
        ...files.map((rule) => ({ regex: patternOf(rule), headers: pairs(withoutOwnTypes(rule.headers)) })),
      ],
    },
  })}\n`;
}

function patternOf({ path }: HostRule): string {
  return path.endsWith("/*") ? `^${literalPattern(path.slice(0, -1))}.*$` : `^${literalPattern(path)}$`;
}

function pairs(headers: Record<string, string>): { key: string; value: string }[] {
  return Object.entries(headers).map(([key, value]) => ({ key, value }));
}

/** The Cloud Function for the endpoints. */
export function firebaseFunction({ rules }: HostSettings): string {
  const { callback, endpoints } = kindsOf(rules);
  return `// Strongroom's endpoints on Firebase Hosting: add to functions/index.js
//
// firebase.json routes the endpoints' requests here. The response is never the app, and the callback's is no document.
const { onRequest } = require("firebase-functions/v2/https");

const callback = ${json(callback.headers)};
const endpoint = ${json(endpoints.headers)};
const page = ${json(endpoints.page.body)};

exports.strongroom = onRequest((request, response) => {
  if (request.path === ${json(callback.path)}) {
    response.status(${callback.page.status}).set(callback).end();
  } else {
    // Another endpoint, or a missing worker script.
    response.status(${endpoints.page.status}).set(endpoint).send(page);
  }
});
`;
}
