interface ScriptUrls {
  createScriptURL(url: string): string;
}

const rules: ScriptUrls = { createScriptURL: (url) => url };

let policy: ScriptUrls | undefined;

/** `url` as a page with Trusted Types may hand it to the browser. The policy never leaves this module. */
export function scriptUrl(url: string): string {
  const { trustedTypes } = globalThis as {
    trustedTypes?: { createPolicy(name: string, rules: ScriptUrls): ScriptUrls };
  };
  policy ??= trustedTypes?.createPolicy("strongroom", rules) ?? rules;
  return policy.createScriptURL(url);
}
