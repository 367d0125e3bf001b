// Who may import whom: CONTRIBUTING.md has the same as a table. `node scripts/lint/rooms.mjs` checks it, as part of `lint`.

import { NOT_SERVED } from "./scripts/checks/ignored.mjs";

/** The package as its users install it. Its built files need not be there for this check. */
const PACKAGE = "^(strongroom(/|$)|sw-shim/dist/)";
/** Paths and file names that the package's parts agree on, without Node.js. */
const PATHS = "^sw-shim/src/configuration/paths[.]ts$";
const LOOPBACK = "^sw-shim/src/configuration/loopback[.]ts$";
const HEADERS = "^sw-shim/src/headers/";
const NPM = "(^|/)node_modules/";
const CONFIGURATION_TYPES = "^sw-shim/src/worker/config[.]ts$";

/** Each folder with what it may import beside itself: a list of patterns, and whether Node.js's modules. */
export const rooms = [
  {
    name: "worker",
    path: "^sw-shim/src/worker/",
    why: "The worker file runs where the tokens are: only what is written for it, and the wasm, is bundled into it.",
    mayImport: ["(^sw-shim|[.][.])/dist/wasm(-vault)?/"],
  },
  {
    name: "page",
    path: "^sw-shim/src/page/",
    why: "The page client is bundled into every app. It has no dependencies, and no code of the worker: tokens stay there.",
    mayImport: [CONFIGURATION_TYPES],
  },
  {
    name: "interceptor",
    path: "^sw-shim/src/interceptor/",
    why: "The app's service worker beside a vault on an origin of its own. It shares a worker's life cycle with the vault, but has no tokens and no wasm.",
    mayImport: ["^sw-shim/src/worker/(lifecycle|static-routes)[.]ts$", LOOPBACK],
  },
  {
    name: "frame",
    path: "^sw-shim/src/frame/",
    why: "The frame's script runs on the vault's origin. It starts the vault as pages do, and knows nothing of it.",
    mayImport: ["^sw-shim/src/page/"],
  },
  {
    name: "react",
    path: "^sw-shim/src/react/",
    why: "The React binding is a layer over the page client and knows nothing else.",
    mayImport: ["^sw-shim/src/page/", `${NPM}react/`],
  },
  {
    name: "configuration",
    path: "^sw-shim/src/configuration/",
    why: "The Vite plugin and the command line read a vault's configuration here, so it can depend on neither.",
    mayImport: [CONFIGURATION_TYPES],
    node: true,
  },
  {
    name: "checks",
    path: "^sw-shim/src/checks/",
    why: "A public entry point that tests of hosts use without the rest of the package.",
    mayImport: [PATHS, LOOPBACK, HEADERS, `${NPM}content-security-policy-parser/`],
    node: true,
  },
  {
    name: "vite",
    path: "^sw-shim/src/vite/",
    why: "The plugin runs in the app's build. What it shares with the command line is in configuration/.",
    mayImport: [
      CONFIGURATION_TYPES,
      HEADERS,
      "^sw-shim/src/configuration/",
      "^sw-shim/src/interceptor/options[.]ts$",
      `${NPM}vite/`,
    ],
    node: true,
  },
  {
    name: "cli",
    path: "^sw-shim/src/cli/",
    why: "The command line is the outermost layer of the package: it uses the others, except what runs in browsers.",
    mayImport: [
      CONFIGURATION_TYPES,
      "^sw-shim/src/(checks|configuration|headers)/",
      "^sw-shim/src/vite/worker-config[.]ts$",
      "^sw-shim/src/interceptor/(options|strongroom-interceptor)[.]ts$",
      "^dev-provider/src/(configuration|dev-provider)[.]ts$",
      `${NPM}(acorn|commander|parse5)/`,
    ],
    node: true,
  },
  {
    name: "headers",
    path: "^sw-shim/src/headers/",
    why: "Host headers, and the text of the worker script, are data and rules without Node.js.",
    mayImport: [
      CONFIGURATION_TYPES,
      "^sw-shim/src/configuration/(loopback|paths|endpoints|worker-script)[.]ts$",
      "^sw-shim/(headers[.]json|endpoint[.]html|vault-origin/[^/]+[.]html)$",
    ],
  },
  {
    name: "testing",
    path: "^sw-shim/src/testing/",
    why: "Helpers for tests of apps see the vault as pages do.",
    mayImport: ["^sw-shim/src/page/", `${NPM}@playwright/test/`],
  },
  {
    name: "deploy",
    path: "^deploy/",
    why: "The stack uses only what the package exports.",
    mayImport: [PACKAGE, `${NPM}(yaml|vitest)/`],
    node: true,
  },
  {
    name: "demo-pages",
    path: "^demo-spa/src/",
    why: "The demo is an app like that of a user. Of its servers it knows types alone; its lab page plays victims of the attack lab.",
    mayImport: [
      PACKAGE,
      "^demo-spa/servers/lab/(loot|sites)[.]ts$",
      "^tests/attacks/(secrets|victims/(code-flow|keeps))[.]ts$",
      `${NPM}(react|react-dom|vitest)/`,
    ],
  },
  {
    name: "demo-servers",
    path: "^demo-spa/(servers/|vite[.])",
    why: "The demo's host uses the package as other hosts do, and the local provider and the attack lab by their sources.",
    mayImport: [
      PACKAGE,
      "^dev-provider/src/",
      "^tests/attacks/((attack|attacker|injected|loot|secrets)[.]ts$|attacks/|victims/code-flow[.]ts$)",
      NPM,
    ],
    node: true,
  },
  {
    name: "dev-provider",
    path: "^dev-provider/",
    why: "The local provider stands for Cognito: nothing of the vault may be in it, or both would have the same mistake.",
    mayImport: [LOOPBACK, "^sw-shim/scripts/notices[.]mjs$", NPM],
    node: true,
  },
  {
    name: "examples",
    path: "^examples/",
    why: "Users copy the examples: everything in them comes from npm.",
    mayImport: [PACKAGE, NPM, "^/strongroom/"],
    node: true,
  },
  {
    name: "tests",
    path: "^tests/",
    why: "Scenarios see the package as users do, packed or built. Only the emulator's test gives the doctor and its check another network.",
    mayImport: [
      PACKAGE,
      "^sw-shim/(packaging/packed|vitest[.]config)[.]ts$",
      "^sw-shim/package[.]json$",
      "^sw-shim/src/(checks/(check|network)|cli/doctor/doctor)[.]ts$",
      "^dev-provider/src/",
      "^demo-spa/servers/",
      "^deploy/(lib|tests)/",
      "^scripts/lib/",
      "^site/tests/blocks[.]ts$",
      NPM,
    ],
    node: true,
  },
  {
    name: "scripts",
    path: "^scripts/",
    why: "Setup and checks run before anything is built: they start the project's programs and import none.",
    mayImport: ["^[.]dependency-cruiser[.]mjs$", NPM],
    node: true,
  },
  {
    name: "site",
    path: "^site/",
    why: "The site is made of Markdown. Its tests install the packed package, as readers do.",
    mayImport: ["^sw-shim/packaging/packed[.]ts$", NPM],
    node: true,
  },
];

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...rooms.map(ruleOf),
    {
      name: "no-cycles",
      comment:
        "Files that need each other are one file, or hide a third, and what they evaluate to depends on who comes first. Types count too, except in the attack lab, whose attacks and stage name each other's.",
      severity: "error",
      from: { pathNot: "^tests/attacks/" },
      to: { circular: true },
    },
    {
      name: "no-orphans",
      comment:
        "A file that imports nothing and that nothing imports is left over. Not of these: declarations, and scripts that a page or a tool loads by name.",
      severity: "error",
      from: {
        orphan: true,
        path: "^(sw-shim/(src|scripts|tests|packaging)|demo-spa/(src|servers)|dev-provider|deploy/(lib|tests)|tests|scripts|site)/",
        pathNot: ["[.]d[.]ts$", "^tests/bench/([^/]+[.]js$|page/)", "^tests/e2e/app/[^/]+[.]js$"],
      },
      to: {},
    },
    {
      name: "scenarios-depend-on-ignored",
      comment:
        "`npm test` does not repeat scenarios if only these files have changed: correct scripts/checks/ignored.mjs.",
      severity: "error",
      from: { path: "^tests/(e2e|memory|attacks)/" },
      to: { path: NOT_SERVED.map(({ source }) => source), reachable: true },
    },
    {
      name: "no-imports-of-tests",
      comment:
        "What several tests need has a file of its own; importing a test file would run its tests twice.",
      severity: "error",
      from: {},
      to: { path: "[.]test[.](ts|tsx|mjs)$" },
    },
  ],
  options: {
    // TypeScript 7 has no API for other tools.
    parser: "swc",
    doNotFollow: { path: [NPM, "^[^/]+/dist/"] },
    // swc reads no single-file components.
    exclude: {
      path: ["^(tests/artifacts|site/api|examples/[^/]+/([.]angular|[.]next|dist|out))/", "[.]vue$"],
    },
    enhancedResolveOptions: {
      extensions: [".ts", ".tsx", ".mjs", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["types", "import", "node", "default"],
    },
  },
};

/**
 * @param {typeof rooms[number]} room
 * @returns {import("dependency-cruiser").IForbiddenRuleType}
 */
function ruleOf({ name, path, why, mayImport, node = false }) {
  return {
    name: `${name}-imports`,
    comment: why,
    severity: "error",
    from: { path },
    to: { pathNot: [path, ...mayImport], ...(node ? { dependencyTypesNot: ["core"] } : {}) },
  };
}
