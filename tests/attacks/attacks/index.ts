import type { Attack } from "../attack.js";
import cookiesFromASiblingHost from "./cookies-from-a-sibling-host.js";
import hookFetch from "./hook-fetch.js";
import hookXmlHttpRequest from "./hook-xml-http-request.js";
import readCacheStorage from "./read-cache-storage.js";
import readCookies from "./read-cookies.js";
import readDocumentAndHistory from "./read-document-and-history.js";
import readIndexedDb from "./read-indexed-db.js";
import readLocalStorage from "./read-local-storage.js";
import readPerformance from "./read-performance.js";
import readSessionStorage from "./read-session-storage.js";
import walkGlobals from "./walk-globals.js";

/** Every attack, by threat, in the order of the scoreboard. */
export const ATTACKS: readonly Attack[] = [
  readLocalStorage,
  readSessionStorage,
  readIndexedDb,
  readCookies,
  cookiesFromASiblingHost,
  readCacheStorage,
  walkGlobals,
  readDocumentAndHistory,
  readPerformance,
  hookFetch,
  hookXmlHttpRequest,
];
