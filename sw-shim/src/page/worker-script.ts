import { VaultError } from "./errors";

interface Rules {
  createScriptURL(url: string): string;
}

// As the browser made them: script that runs later may overwrite each of these.
const { apply } = Reflect;
const { trustedTypes, TrustedTypePolicy } = globalThis as {
  trustedTypes?: { createPolicy(name: string, rules: object): unknown };
  TrustedTypePolicy?: { prototype: Rules };
};
const createPolicy = trustedTypes?.createPolicy;
const createScriptURL = TrustedTypePolicy?.prototype.createScriptURL as Rules["createScriptURL"];

/**
 * `href` as a page with Trusted Types may hand it to the browser: a `TrustedScriptURL`, or the string itself where there are
 * none. Called once per page. Nobody keeps the policy, and it accepts no other URL.
 *
 * @throws VaultError if the page's Content-Security-Policy does not name the policy, or if it exists already.
 */
export function trustedScriptUrl(href: string): string {
  if (!createPolicy) return href;
  const rules = {
    // Without it, a getter on `Object.prototype` could replace the rule while the browser reads the others.
    __proto__: null,
    createScriptURL(url: string) {
      if (url !== href) throw new TypeError(url);
      return url;
    },
  };
  try {
    return apply(createScriptURL, apply(createPolicy, trustedTypes, ["strongroom", rules]), [href]);
  } catch (cause) {
    throw new VaultError("trusted_types_refused", "The page may not create its policy.", {
      cause,
    });
  }
}
