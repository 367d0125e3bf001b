import { readFile } from "node:fs/promises";
import type { Victim } from "../victim.js";

export const LOCAL_STORAGE: Victim = {
  id: "local-storage",
  title: "access token in localStorage",
  host: "plain",
  mustFall: ["reads localStorage"],
};

/** Apps that keep tokens themselves, without a library. */
export const HAND_MADE: Victim[] = [
  LOCAL_STORAGE,
  {
    id: "local-storage-refresh",
    title: "access and refresh token in localStorage",
    host: "plain",
    mustFall: ["reads localStorage"],
  },
  {
    id: "session-storage",
    title: "access and refresh token in sessionStorage",
    host: "plain",
    mustFall: ["reads sessionStorage"],
  },
  {
    id: "indexed-db",
    title: "access and refresh token in IndexedDB",
    host: "plain",
    mustFall: ["reads IndexedDB"],
  },
  {
    id: "cookie",
    title: "access token in a cookie for all hosts of the site",
    host: "plain",
    hostname: "app.lab.localhost",
    mustFall: ["reads cookies", "reads cookies from a sibling host"],
  },
  {
    id: "variable",
    title: "access and refresh token in a variable of a module",
    host: "plain",
    mustFall: ["hooks fetch"],
  },
];

/** Libraries, with the most secure settings that their documentation gives. */
export const PEERS: Victim[] = [
  {
    id: "oidc-client-ts",
    title: "oidc-client-ts",
    package: "oidc-client-ts",
    setting: "userStore in memory",
    host: "plain",
    mustFall: ["hooks fetch"],
  },
  {
    id: "aws-amplify",
    title: "aws-amplify",
    package: "aws-amplify",
    setting: "hosted UI, tokens in sessionStorage",
    host: "plain",
    front: { paths: { authorization: "/oauth2/authorize", token: "/oauth2/token" }, tls: true },
    mustFall: ["reads sessionStorage"],
  },
  {
    id: "axa-oidc-client",
    title: "@axa-fr/oidc-client",
    package: "@axa-fr/oidc-client",
    setting: "service worker only, no tokens shown to the page or sent with navigations",
    host: "plain",
    async files({ issuer, api }) {
      const trusted = {
        default: {
          oidcDomains: [new URL(issuer).origin],
          accessTokenDomains: [api.replace(/\/$/, "")],
          setAccessTokenToNavigateRequests: false,
        },
      };
      const worker = new URL(import.meta.resolve("@axa-fr/oidc-client-service-worker/package.json"));
      return {
        "/OidcServiceWorker.js": await readFile(new URL("dist/OidcServiceWorker.js", worker)),
        "/OidcTrustedDomains.js": `const trustedDomains = ${JSON.stringify(trusted)};`,
      };
    },
    mustFall: [],
  },
  {
    id: "auth0-spa-js",
    title: "@auth0/auth0-spa-js",
    package: "@auth0/auth0-spa-js",
    setting: "cacheLocation memory, refresh tokens in its worker",
    host: "plain",
    front: { paths: { authorization: "/authorize", token: "/oauth/token" }, isIssuer: true },
    mustFall: ["hooks fetch"],
  },
  {
    id: "oidc-spa",
    title: "oidc-spa",
    package: "oidc-spa",
    setting: "token substitution, built-ins frozen before other script runs",
    host: "plain",
    // On `localhost` the library sends tokens to every host.
    hostname: "app.spa.localhost",
    redirectPath: "/",
    runsFirst: true,
    mustFall: ["defines setters on Object.prototype"],
  },
];

export const STRONGROOM: Victim = {
  id: "strongroom",
  title: "Strongroom",
  package: "strongroom",
  setting: "the host names the worker scripts",
  host: "strongroom",
  mustFall: [],
};

/** The same with the vault on an origin of its own. The app's host sends no header at all. */
export const STRONGROOM_ON_ITS_OWN_ORIGIN: Victim = {
  id: "strongroom-own-origin",
  title: "Strongroom on an origin of its own",
  package: "strongroom",
  setting: "the app's host sends no headers",
  host: "strongroom on an origin of its own",
  hostname: "app.strongroom.localhost",
  mustFall: [],
};

/** The same on a static host that sends none of the headers. */
export const STRONGROOM_ON_A_PLAIN_HOST: Victim = {
  id: "strongroom-plain",
  title: "Strongroom on a host without its headers",
  package: "strongroom",
  host: "strongroom without its headers",
  mustFall: [],
};
