interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

let policy: { createScriptURL(url: string): string } | undefined;

/** `url` as a page with Trusted Types may hand it to the browser. The policy never leaves this module. */
export function scriptUrl(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy("strongroom", { createScriptURL: (given) => given });
  return policy ? policy.createScriptURL(url) : url;
}
