import type { HostRule } from "../../headers";
import { filesOf, type HostSettings, json, kindsOf, literalPattern, withoutOwnTypes } from "./format";

/**
 * `firebase.json`. A function serves the endpoints: the host's own redirects append the query, which contains the code, after the
 * target's fragment.
 */
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
  const { unfinished, endpoints } = kindsOf(rules);
  return `// Strongroom's endpoints on Firebase Hosting: add to functions/index.js
//
// firebase.json routes the endpoints' requests here. The response is never the app, and its URL has no code.
const { onRequest } = require("firebase-functions/v2/https");

const unfinished = ${json(unfinished.headers)};
const endpoint = ${json(endpoints.headers)};
const page = ${json(unfinished.page.body)};

exports.strongroom = onRequest((request, response) => {
  if (request.path === ${json(unfinished.path)}) {
    response.status(${unfinished.page.status}).set(unfinished).send(page);
  } else if (request.path.startsWith(${json(endpoints.path.slice(0, -1))})) {
    response.status(${endpoints.page.status}).set(endpoint).end();
  } else {
    // A missing worker script.
    response.status(404).set(unfinished).send(page);
  }
});
`;
}
