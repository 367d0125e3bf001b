import { readFileSync } from "node:fs";
import { brotli, bundle } from "../../scripts/lib/bundle.mjs";

/** What loads with a page that signs in with a library, in bytes. */
export interface PageBytes {
  package: string;
  version: string;
  minified: number;
  brotli: number;
}

/** By package: what an app imports of it to sign in, to know who is signed in, to sign out, and to ask an API. */
const IMPORTS = {
  strongroom: "export { connect } from 'strongroom';",
  "@axa-fr/oidc-client": "export { OidcClient, OidcLocation } from '@axa-fr/oidc-client';",
  "oidc-client-ts": "export { UserManager } from 'oidc-client-ts';",
  "@auth0/auth0-spa-js": "export { createAuth0Client } from '@auth0/auth0-spa-js';",
  "aws-amplify":
    "export { Amplify } from 'aws-amplify'; export { fetchAuthSession, getCurrentUser, signInWithRedirect, signOut } from 'aws-amplify/auth'; import 'aws-amplify/auth/enable-oauth-listener';",
} as const;

export async function measurePageBytes(): Promise<PageBytes[]> {
  return await Promise.all(
    Object.entries(IMPORTS).map(async ([name, imports]) => {
      const content = await bundle(imports, "tests");
      return {
        package: name,
        version: versionOf(name),
        minified: content.byteLength,
        brotli: brotli(content),
      };
    }),
  );
}

export function versionOf(name: string): string {
  const manifest = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}
