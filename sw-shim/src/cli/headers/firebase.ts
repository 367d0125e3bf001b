import type { HostRule } from "../../headers";
import { type HostSettings, json, kindsOf, literalPattern, withoutOwnTypes } from "./format";

/**
 * `firebase.json`. The endpoints are a function's: a redirect of the host's own appends the query, in which the code is, behind
 * the target's fragment.
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
      // All rules that match a path apply, and the last one that has a header counts. None can take a header away.
      headers: [
        { source: "**", headers: pairs(app.headers) },
        ...[endpoints, ...workers].map((rule) => ({
          regex: patternOf(rule),
          headers: pairs({
            ...withoutOwnTypes(rule.headers),
            // What a response without the header has.
            "Cross-Origin-Opener-Policy": "unsafe-none",
          }),
        })),
      ],
      // After the files. The function sees a worker script only if there is no such file.
      rewrites: [...toFunction, { source: "**", destination: "/index.html" }],
    },
    functions: { source: "functions" },
  });
}

function patternOf({ path }: HostRule): string {
  return path.endsWith("/*") ? `^${literalPattern(path.slice(0, -1))}.*$` : `^${literalPattern(path)}$`;
}

function pairs(headers: Record<string, string>): { key: string; value: string }[] {
  return Object.entries(headers).map(([key, value]) => ({ key, value }));
}

/** The Cloud Function that answers the endpoints. */
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
