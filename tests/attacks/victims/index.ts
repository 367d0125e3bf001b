import type { Victim } from "../victim.js";

export const LOCAL_STORAGE: Victim = {
  id: "local-storage",
  title: "access token in localStorage",
  host: "plain",
  mustFall: ["read localStorage"],
};

/** Ways of keeping tokens that an app makes itself, in a page of its own. */
export const HAND_MADE: Victim[] = [
  LOCAL_STORAGE,
  {
    id: "local-storage-refresh",
    title: "access and refresh token in localStorage",
    host: "plain",
    mustFall: ["read localStorage"],
  },
  {
    id: "session-storage",
    title: "access token in sessionStorage",
    host: "plain",
    mustFall: ["read sessionStorage"],
  },
  { id: "indexed-db", title: "access token in IndexedDB", host: "plain", mustFall: ["read IndexedDB"] },
  {
    id: "cookie",
    title: "access token in a cookie for all hosts of the site",
    host: "plain",
    hostname: "app.lab.localhost",
    mustFall: ["read cookies", "read cookies from a sibling host"],
  },
  {
    id: "variable",
    title: "access token in a variable of a module",
    host: "plain",
    mustFall: ["hook fetch"],
  },
];

export const STRONGROOM: Victim = {
  id: "strongroom",
  title: "Strongroom",
  package: "strongroom",
  host: "strongroom",
  mustFall: [],
};

/** The same on a plain static host, which sends none of the headers. */
export const STRONGROOM_ON_A_PLAIN_HOST: Victim = {
  id: "strongroom-plain",
  title: "Strongroom on a host without its headers",
  package: "strongroom",
  host: "strongroom without its headers",
  mustFall: [],
};
