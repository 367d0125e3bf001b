import { randomBytes } from "node:crypto";
import type { HtmlTagDescriptor, ResolvedConfig } from "vite";
import type { HostRule } from "../headers";
import { openPolicy } from "../headers/app-policy";

/**
 * `rules` extended for Vite's development client. The app's policy also allows the following, and nothing else:
 *
 * - the nonce: the inline preamble of React's fast refresh, and the `<style>` elements that the client puts the
 *   app's CSS into;
 * - the WebSocket over which modules are replaced, where it has a port of its own (on the page's own port
 *   `connect-src 'self'` allows it);
 * - a worker made from a blob, which the client waits in until a restarted server is back.
 *
 * The worker scripts and endpoints have the same headers as in production.
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
  return rules.map((rule) =>
    rule.path === "/*" ? { ...rule, headers: openPolicy(rule.headers, opened) } : rule,
  );
}

/**
 * One nonce per server start. In production each response needs its own, but in development the nonce only has to identify what
 * Vite inserts.
 */
export function createNonce(): string {
  return randomBytes(16).toString("base64url");
}

/** Keeps Trusted Types enforced: the development client passes only one URL as text, that of its blob worker. */
export const trustedTypesForDevClient: HtmlTagDescriptor = {
  tag: "script",
  injectTo: "head-prepend",
  children: `globalThis.trustedTypes?.createPolicy("default", { createScriptURL: (url) => (url.startsWith("blob:") ? url : null) });`,
};

/** Vite's port for the WebSocket in middleware mode. */
const MIDDLEWARE_PORT = 24_678;

function webSocket({ ws, middlewareMode }: ResolvedConfig["server"]): string[] {
  const options = typeof ws === "object" ? ws : {};
  const port =
    options.clientPort ?? options.port ?? (middlewareMode && !options.server ? MIDDLEWARE_PORT : undefined);
  return port === undefined ? [] : [`ws://*:${port}`, `wss://*:${port}`];
}
