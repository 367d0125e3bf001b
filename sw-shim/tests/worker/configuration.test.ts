import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Context, runInContext } from "node:vm";
import { expect, it } from "vitest";
import { serviceWorkerScope } from "../../src/configuration/validate";

/** A failed start has no effect, so all tests of an origin share one scope. */
const self = scopeOf("strongroom-worker.js", "https://app.example.com/");
const vaultOrigin = scopeOf("strongroom-vault.js", "https://vault.example.com/");

function scopeOf(library: string, scope: string): Context {
  const self = serviceWorkerScope(new URL("vault-worker.js", scope), scope);
  const path = fileURLToPath(new URL(`../../dist/${library}`, import.meta.url));
  runInContext(readFileSync(path, "utf8"), self);
  return self;
}

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

it("a number is read with its digits", () => {
  const remembering = (days: string) => {
    const apps = `["https://app.example.com"]; config.remember = "device"; config.rememberFor = ${days}`;
    return starting("apps", apps, vaultOrigin);
  };
  for (const days of ["1", "30", "400", "4e2"]) expect(remembering(days).message).toContain("`recovery`");
  for (const days of ["0", "401", "1.5", "-7", "2 ** 60", "2 ** 70", "1e300", "'30'", "30n"]) {
    expect(remembering(days).message).toContain("`rememberFor` must be a whole number from 1 to 400.");
  }
});

it.each([
  ["123", "the configuration is a number. It must be an object."],
  ["NaN", "the configuration is null. It must be an object."],
  ["undefined", "the configuration is null. It must be an object."],
  ["'text'", "the configuration is a string. It must be an object."],
  ["() => ({})", "`cognito` is missing."],
])("a configuration that is %s is refused: %s", (config, message) => {
  expect(thrownBy(`strongroom.start(${config})`).message).toContain(`strongroom.start: ${message}`);
});

it("a vault origin needs `apps`: its library does not run on an app's own origin", () => {
  expect(starting("apps", "null", vaultOrigin).message).toContain(
    "`apps` is missing. Name the apps that may use this vault, or import strongroom-worker.js if the app is on this origin.",
  );
});

/** The error of a start with `value` at `key`. */
function starting(key: string, value: string, scope = self): { name?: string; message?: string } {
  return thrownBy(
    `const config = {
    cognito: { region: "eu-central-1", userPoolId: "eu-central-1_AbCdEfGhI", clientId: "client", domain: "https://auth.example.com" },
    scopes: ["openid"],
    api: [{ url: "https://api.example.com/" }],
    recovery: "stop here",
  };
  config.${key} = ${value};
  strongroom.start(config);`,
    scope,
  );
}

function thrownBy(script: string, scope = self): { name?: string; message?: string } {
  try {
    return runInContext(`{ ${script} }`, scope);
  } catch (error) {
    return error as Error;
  }
}
