import { readFile } from "node:fs/promises";
import type { Front } from "./front.js";

/** A way to keep tokens, in the same small app as all others. */
export interface Victim {
  /** A short name for folders. */
  id: string;
  /** In words. */
  title: string;
  /** The npm package. */
  package?: string;
  /**
   * `strongroom`: the host sends Strongroom's headers, responds with 204 at the callback, and serves the worker. On an origin of its own:
   * the vault's host sends its headers, and the app's sends no header at all.
   */
  host: "plain" | "strongroom" | "strongroom without its headers" | "strongroom on an origin of its own";
  /** Default: `localhost`. */
  hostname?: string;
  /** The path to which the authorization server redirects. Default: `/auth/callback`. */
  redirectPath?: string;
  /** The library's documentation has its script run before all others. Default: the attacker's script runs first. */
  runsFirst?: true;
  /** How it is configured, if there is a choice. */
  setting?: string;
  /** Keys of Strongroom's worker configuration. */
  workerConfig?: Record<string, unknown>;
  /** More files of the site, by path. */
  files?: (site: SiteFacts) => Promise<Record<string, string | Buffer>>;
  /** The proxy that the victim needs before the authorization server. */
  front?: Front;
  /** Attacks that must succeed here, or the lab proves nothing. */
  mustFall: string[];
}

/** The content of the app's `/config.json`. */
export interface SiteFacts {
  issuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  revocationEndpoint: string;
  logoutEndpoint: string;
  jwksUri: string;
  clientId: string;
  redirectUri: string;
  scope: string;
  api: string;
  /** The vault's origin, if it has one of its own. */
  vault: string;
  /** Origin of the victim's own front before the authorization server. */
  front: string;
}

/** The version that is installed. */
export async function versionOf(packageName: string): Promise<string> {
  const manifest = new URL(`../../node_modules/${packageName}/package.json`, import.meta.url);
  return (JSON.parse(await readFile(manifest, "utf8")) as { version: string }).version;
}
