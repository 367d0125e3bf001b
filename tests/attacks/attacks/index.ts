import type { Attack } from "../attack.js";
import askTheWorkerByMessages from "./ask-the-worker-by-messages.js";
import beatTheAppToTheCode from "./beat-the-app-to-the-code.js";
import cleanFrames from "./clean-frames.js";
import cookiesFromASiblingHost from "./cookies-from-a-sibling-host.js";
import hookConsoleAndErrors from "./hook-console-and-errors.js";
import hookCrypto from "./hook-crypto.js";
import hookFetch from "./hook-fetch.js";
import hookHeadersAndRequests from "./hook-headers-and-requests.js";
import hookJson from "./hook-json.js";
import hookMessages from "./hook-messages.js";
import hookObjectPrototype from "./hook-object-prototype.js";
import hookPromises from "./hook-promises.js";
import hookResponses from "./hook-responses.js";
import hookStorage from "./hook-storage.js";
import hookStreams from "./hook-streams.js";
import hookStringsAndArrays from "./hook-strings-and-arrays.js";
import hookTextCodecs from "./hook-text-codecs.js";
import hookWorkerConstructors from "./hook-worker-constructors.js";
import hookXmlHttpRequest from "./hook-xml-http-request.js";
import listenToChannels from "./listen-to-channels.js";
import lookAlikeHosts from "./look-alike-hosts.js";
import navigationsAndForms from "./navigations-and-forms.js";
import plantASessionByCallback from "./plant-a-session-by-callback.js";
import proxyRequests from "./proxy-requests.js";
import readCacheStorage from "./read-cache-storage.js";
import readCookies from "./read-cookies.js";
import readDocumentAndHistory from "./read-document-and-history.js";
import readIndexedDb from "./read-indexed-db.js";
import readLocalStorage from "./read-local-storage.js";
import readPerformance from "./read-performance.js";
import readSessionStorage from "./read-session-storage.js";
import redirectsOfTheApi from "./redirects-of-the-api.js";
import silentFlowByFetch from "./silent-flow-by-fetch.js";
import silentFlowInAFrame from "./silent-flow-in-a-frame.js";
import silentFlowInAPopup from "./silent-flow-in-a-popup.js";
import silentFlowInTheTopPage from "./silent-flow-in-the-top-page.js";
import subresources from "./subresources.js";
import walkGlobals from "./walk-globals.js";
import workersOfTheAttacker from "./workers-of-the-attacker.js";

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
  cleanFrames,
  askTheWorkerByMessages,
  lookAlikeHosts,
  redirectsOfTheApi,
  subresources,
  navigationsAndForms,
  workersOfTheAttacker,
  hookFetch,
  hookXmlHttpRequest,
  hookHeadersAndRequests,
  hookResponses,
  hookJson,
  hookTextCodecs,
  hookPromises,
  hookMessages,
  hookWorkerConstructors,
  hookStreams,
  hookStorage,
  hookCrypto,
  hookObjectPrototype,
  hookStringsAndArrays,
  hookConsoleAndErrors,
  listenToChannels,
  beatTheAppToTheCode,
  silentFlowInAFrame,
  silentFlowInAPopup,
  silentFlowInTheTopPage,
  silentFlowByFetch,
  plantASessionByCallback,
  proxyRequests,
];
