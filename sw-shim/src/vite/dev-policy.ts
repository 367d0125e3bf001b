import { randomBytes } from "node:crypto";
import type { HtmlTagDescriptor, ResolvedConfig } from "vite";
import { openPolicy } from "../app-policy";
import type { HostRule } from "../headers";

/**
 * `rules` as Vite's development client can live with them. The app's own policy is opened for this and nothing else:
 *
 * - the nonce: the inline preamble of React's fast refresh, and the `<style>` elements that the client puts the
 *   app's CSS into;
 * - the WebSocket over which modules are replaced, where it has a port of its own (on the page's own port
 *   `connect-src 'self'` allows it);
 * - a worker made from a blob, which the client waits in until a restarted server is back.
 *
 * The worker's scripts and its endpoints keep what they have in production.
 */
export function devRules(rules: HostRule[], { html, server }: ResolvedConfig): HostRule[] {
  const nonce = `'nonce-${html?.cspNonce}'`;
  const opened = {
    "script-src": [nonce],
    "style-src": [nonce],
    "connect-src": webSocket(server),
    "worker-src": ["blob:"],
    "trusted-types": ["default"],
  };
  return rules.map((rule) => (rule.path === "/*" ? { ...rule, headers: open(rule.headers, opened) } : rule));
}

/**
 * One for each start of the server. A page in production needs one for each response, but there is no attacker
 * here to keep out: it only has to name what Vite puts in.
 */
export function createNonce(): string {
  return randomBytes(16).toString("base64url");
}

/** Trusted Types stay enforced: the one URL that the development client hands over as text is its blob worker's. */
export const trustedTypesForDevClient: HtmlTagDescriptor = {
  tag: "script",
  injectTo: "head-prepend",
  children: `globalThis.trustedTypes?.createPolicy("default", { createScriptURL: (url) => (url.startsWith("blob:") ? url : null) });`,
};

function open(headers: Record<string, string>, sources: Record<string, string[]>): Record<string, string> {
  const { "Content-Security-Policy": policy = "" } = headers;
  return { ...headers, "Content-Security-Policy": openPolicy(policy, sources) };
}

/** Vite's port for the WebSocket of a server that is another one's middleware. */
const MIDDLEWARE_PORT = 24_678;

function webSocket({ ws, middlewareMode }: ResolvedConfig["server"]): string[] {
  const options = typeof ws === "object" ? ws : {};
  const port =
    options.clientPort ?? options.port ?? (middlewareMode && !options.server ? MIDDLEWARE_PORT : undefined);
  return port === undefined ? [] : [`ws://*:${port}`, `wss://*:${port}`];
}
