// What checks do not depend on: `npm test` does not repeat them if only such files have changed. The rule "scenarios-depend-on-ignored" of
// .dependency-cruiser.mjs finds an import that makes this untrue.

/** Read by people. */
export const PROSE = [/^docs\//, /^(CHANGELOG|CONTRIBUTING|SECURITY)[.]md$/];

/** What neither runs in a browser nor on a host. */
export const NOT_SERVED = [
  ...PROSE,
  /^(site|deploy|compatibility|examples|[.]github)\//,
  /^README[.]md$/,
  /^scripts\/(?!setup\/)/,
  /^crate\/(fuzz|invariants|simulate|core\/tests)\//,
  /^sw-shim\/(packaging|tests|src\/(checks|cli|testing))\//,
  /^tests\/(bench|emulator|examples)\//,
];

export const SCENARIOS = /^tests\/e2e\/[^/]+[.]test[.]ts$/;
export const SESSION_SCENARIOS = /^tests\/e2e\/session\/[^/]+[.]test[.]ts$/;
export const VAULT_ORIGIN_SCENARIOS = /^tests\/e2e\/vault-origin\/[^/]+[.]test[.]ts$/;
export const ALL_SCENARIOS = [SCENARIOS, SESSION_SCENARIOS, VAULT_ORIGIN_SCENARIOS];
