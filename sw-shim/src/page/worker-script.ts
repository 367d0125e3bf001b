import { VaultError } from "./errors";

interface Rules {
  createScriptURL(url: string): string;
}

// Captured early: script that runs later may overwrite each of these.
export const { apply } = Reflect;
const { trustedTypes, TrustedTypePolicy } = globalThis as {
  trustedTypes?: { createPolicy(name: string, rules: object): unknown };
  TrustedTypePolicy?: { prototype: Rules };
};
const createPolicy = trustedTypes?.createPolicy;
const createScriptURL = TrustedTypePolicy?.prototype.createScriptURL as Rules["createScriptURL"];

/**
 * Turns `href` into a `TrustedScriptURL`, or returns the string itself in browsers without Trusted Types. Called once per page.
 * The policy accepts no other URL, and no reference to it is kept.
 *
 * @throws VaultError if the page's Content-Security-Policy does not allow the policy, or if it exists already.
 */
export function trustedScriptUrl(href: string): string {
  if (!createPolicy) return href;
  const rules = {
    // Otherwise a getter on `Object.prototype` could replace the rule while the browser reads the others.
    __proto__: null,
    createScriptURL(url: string) {
      if (url !== href) throw new TypeError(url);
      return url;
    },
  };
  try {
    return apply(createScriptURL, apply(createPolicy, trustedTypes, ["strongroom", rules]), [href]);
  } catch (cause) {
    throw new VaultError("trusted_types_refused", "The policy `strongroom` was refused.", {
      cause,
    });
  }
}
