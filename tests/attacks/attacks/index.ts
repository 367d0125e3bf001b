import type { Attack } from "../attack.js";
import afterSignOut from "./after-sign-out.js";
import apiClearSiteData from "./api-clear-site-data.js";
import apiEcho from "./api-echo.js";
import apiHostileHeaders from "./api-hostile-headers.js";
import apiRedirectToAnotherPath from "./api-redirect-to-another-path.js";
import apiRefusesThenRedirects from "./api-refuses-then-redirects.js";
import askEveryEndpoint from "./ask-every-endpoint.js";
import askTheWorkerByMessages from "./ask-the-worker-by-messages.js";
import backThroughHistory from "./back-through-history.js";
import beatTheAppToTheCode from "./beat-the-app-to-the-code.js";
import cleanFrames from "./clean-frames.js";
import cookiesFromASiblingHost from "./cookies-from-a-sibling-host.js";
import crashOfTheWasm from "./crash-of-the-wasm.js";
import csrfFetch from "./csrf-fetch.js";
import csrfForm from "./csrf-form.js";
import csrfImage from "./csrf-image.js";
import csrfLink from "./csrf-link.js";
import csrfSignOut from "./csrf-sign-out.js";
import forgedCopy from "./forged-copy.js";
import forgedWorker from "./forged-worker.js";
import frameAfterShiftReload from "./frame-after-shift-reload.js";
import frameBeforeFirstActivation from "./frame-before-first-activation.js";
import frameStopped from "./frame-stopped.js";
import frameUnregistered from "./frame-unregistered.js";
import frozenKeeper from "./frozen-keeper.js";
import fuzzEndpoints from "./fuzz-endpoints.js";
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
import hostileAuthorizationResponses from "./hostile-authorization-responses.js";
import hostileStorage from "./hostile-storage.js";
import keeperFromAPage from "./keeper-from-a-page.js";
import keeperFromOtherWorkers from "./keeper-from-other-workers.js";
import keeperWithOddOptions from "./keeper-with-odd-options.js";
import listenToChannels from "./listen-to-channels.js";
import loginParameters from "./login-parameters.js";
import lookAlikeHosts from "./look-alike-hosts.js";
import lookAlikePaths from "./look-alike-paths.js";
import navigationPreload from "./navigation-preload.js";
import navigationsAndForms from "./navigations-and-forms.js";
import oversizedRequests from "./oversized-requests.js";
import ownScriptAsServiceWorker from "./own-script-as-service-worker.js";
import ownScriptAtTheRoot from "./own-script-at-the-root.js";
import plantASessionByCallback from "./plant-a-session-by-callback.js";
import popupUnregistered from "./popup-unregistered.js";
import proxyRequests from "./proxy-requests.js";
import readCacheStorage from "./read-cache-storage.js";
import readCookies from "./read-cookies.js";
import readDocumentAndHistory from "./read-document-and-history.js";
import readIndexedDb from "./read-indexed-db.js";
import readLocalStorage from "./read-local-storage.js";
import readPerformance from "./read-performance.js";
import readSessionStorage from "./read-session-storage.js";
import reconfigureByMessage from "./reconfigure-by-message.js";
import redirectsOfTheApi from "./redirects-of-the-api.js";
import refusedCallback from "./refused-callback.js";
import registerAgain from "./register-again.js";
import registrationAtTheEndpoints from "./registration-at-the-endpoints.js";
import reportOfABlockedRedirect from "./report-of-a-blocked-redirect.js";
import secondVault from "./second-vault.js";
import silentFlowByFetch from "./silent-flow-by-fetch.js";
import silentFlowInAFrame from "./silent-flow-in-a-frame.js";
import silentFlowInAPopup from "./silent-flow-in-a-popup.js";
import silentFlowInTheTopPage from "./silent-flow-in-the-top-page.js";
import stoppedWorker from "./stopped-worker.js";
import subresources from "./subresources.js";
import tokenEndpointErrorCode from "./token-endpoint-error-code.js";
import tokenEndpointErrorText from "./token-endpoint-error-text.js";
import tokenEndpointRedirect from "./token-endpoint-redirect.js";
import topPageUnregistered from "./top-page-unregistered.js";
import tracesOfASignIn from "./traces-of-a-sign-in.js";
import unregisterDuringSignIn from "./unregister-during-sign-in.js";
import unregisteredVault from "./unregistered-vault.js";
import walkGlobals from "./walk-globals.js";
import { hookedPolicy, secondConnect } from "./worker-after-connect.js";
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
  backThroughHistory,
  cleanFrames,
  askTheWorkerByMessages,
  lookAlikeHosts,
  redirectsOfTheApi,
  subresources,
  navigationsAndForms,
  workersOfTheAttacker,
  apiEcho,
  apiHostileHeaders,
  apiRedirectToAnotherPath,
  apiRefusesThenRedirects,
  askEveryEndpoint,
  crashOfTheWasm,
  forgedWorker,
  fuzzEndpoints,
  keeperFromAPage,
  keeperFromOtherWorkers,
  keeperWithOddOptions,
  oversizedRequests,
  reconfigureByMessage,
  registerAgain,
  lookAlikePaths,
  stoppedWorker,
  tokenEndpointErrorCode,
  tokenEndpointErrorText,
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
  afterSignOut,
  ownScriptAsServiceWorker,
  ownScriptAtTheRoot,
  secondConnect,
  hookedPolicy,
  secondVault,
  frozenKeeper,
  beatTheAppToTheCode,
  silentFlowInAFrame,
  silentFlowInAPopup,
  silentFlowInTheTopPage,
  silentFlowByFetch,
  apiClearSiteData,
  frameAfterShiftReload,
  frameBeforeFirstActivation,
  frameStopped,
  frameUnregistered,
  popupUnregistered,
  reportOfABlockedRedirect,
  tokenEndpointRedirect,
  topPageUnregistered,
  refusedCallback,
  unregisterDuringSignIn,
  unregisteredVault,
  plantASessionByCallback,
  forgedCopy,
  hostileAuthorizationResponses,
  loginParameters,
  navigationPreload,
  tracesOfASignIn,
  csrfFetch,
  csrfForm,
  csrfImage,
  csrfLink,
  csrfSignOut,
  hostileStorage,
  registrationAtTheEndpoints,
  proxyRequests,
];
