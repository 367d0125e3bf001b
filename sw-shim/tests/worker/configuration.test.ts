import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runInContext } from "node:vm";
import { expect, it } from "vitest";
import { serviceWorkerScope } from "../../src/configuration/judge";

const workerFile = readFileSync(
  fileURLToPath(new URL("../../dist/strongroom-worker.js", import.meta.url)),
  "utf8",
);

/** A failed start leaves nothing behind, so one scope serves all tests. */
const self = serviceWorkerScope(
  new URL("https://app.example.com/vault-worker.js"),
  "https://app.example.com/",
);
runInContext(workerFile, self);

/** JavaScript values that no key of `KEYS` accepts, by what an error calls them. */
const VALUES = {
  "a number": ["0", "1.5", "-7", "2 ** 60", "1e300", "Number.MIN_VALUE", "new Number(1)"],
  "a boolean": ["true", "new Boolean(false)"],
  "an array": ["[1, 2n]", "[[[[1]]]]"],
  "an object": [
    "() => []",
    "class {}",
    "1n",
    "2n ** 64n",
    "Symbol()",
    "new Set(['openid'])",
    "new Map([[1, 2]])",
    "new Uint8Array(2)",
    "new ArrayBuffer(2)",
    "/a/",
    "new Proxy({}, {})",
    "{ [Symbol.iterator]: 1, a: { b: { c: 1 } } }",
    "JSON.parse('{\"__proto__\":[1]}')",
  ],
};

const KEYS = ["scopes", "scopes[0]", "api", "api[0]", "api[0].url", "basePath", "sessionClaims", "cognito"];

it.each(Object.entries(VALUES).flatMap(([what, values]) => values.map((value) => [value, what] as const)))(
  "an error names the key that is set to %s",
  (value, what) => {
    for (const key of KEYS) {
      const { name, message } = starting(key, value);
      expect(name, key).toBe("Error");
      expect(message).toContain(`strongroom.start: \`${key}`);
      expect(message).toMatch(/It must be |not a known key|missing|begins|plain path|not a URL/);
    }
    expect(starting("cognito.clientId", value).message).toBe(
      `strongroom.start: \`cognito.clientId\` is ${what}. It must be a string.`,
    );
  },
);

it.each([
  ["123", "the configuration is a number. It must be an object."],
  ["NaN", "the configuration is null. It must be an object."],
  ["undefined", "the configuration is null. It must be an object."],
  ["'text'", "the configuration is a string. It must be an object."],
  ["() => ({})", "`cognito` is missing."],
])("a configuration that is %s is refused: %s", (config, message) => {
  expect(thrownBy(`strongroom.start(${config})`).message).toContain(`strongroom.start: ${message}`);
});

/** The error of a start with `value` at `key`. */
function starting(key: string, value: string): { name?: string; message?: string } {
  return thrownBy(`const config = {
    cognito: { region: "eu-central-1", userPoolId: "eu-central-1_AbCdEfGhI", clientId: "client", domain: "https://auth.example.com" },
    scopes: ["openid"],
    api: [{ url: "https://api.example.com/" }],
    recovery: "stop here",
  };
  config.${key} = ${value};
  strongroom.start(config);`);
}

function thrownBy(script: string): { name?: string; message?: string } {
  try {
    return runInContext(`{ ${script} }`, self);
  } catch (error) {
    return error as Error;
  }
}
