import { DOCUMENTATION } from "../checks/catalog";
import { type HostOptions, type HostRule, hostOptionsOf, hostRules, vaultOriginRules } from "../headers";
import type { VaultConfig } from "../worker/config";
import { vaultConfiguration, type WhereConfigured } from "./configuration/local";
import { EXIT, Stop } from "./exit";
import { azure, azureFunction, azureVault } from "./host-formats/azure";
import { cloudfront, cloudfrontVault } from "./host-formats/cloudfront";
import { cloudflare, cloudflareVault, netlify, netlifyVault } from "./host-formats/edge-function";
import { firebase, firebaseFunction, firebaseVault } from "./host-formats/firebase";
import { type HostSettings, json, kindsOf, REQUEST_ORIGIN } from "./host-formats/format";
import { nginx, nginxVault } from "./host-formats/nginx";
import { PAGE_FILE, vercel, vercelVault } from "./host-formats/vercel";
import { vite } from "./host-formats/vite";
import type { Surroundings } from "./surroundings";

/** A host's format, and where the policy gets the app's origin from. */
interface Format {
  print(settings: HostSettings): string;
  /**
   * - `request`: the host inserts the origin of each request.
   * - a list: `--origin` is required, because the host sends fixed text. The list has the host's own names, which are added.
   * - `none`: the format has no policy.
   */
  origin: "request" | "none" | string[];
  /** What else to do, printed after the settings. */
  also?: string;
  /** For a vault on an origin of its own. Its rules contain no name of that origin, so they need no `--origin`. */
  vaultOrigin?: {
    print(rules: HostRule[]): string;
    /** Where the host reads it, below the folder that `init --vault-origin` writes. */
    file: string;
  };
}

/** Hosts that cannot be configured safely, and why. */
const REFUSED = {
  amplify: `AWS Amplify Hosting cannot send these rules. It has no status 204 for the callback, and its documentation does not say which of several matching header rules applies. Use S3 and CloudFront instead: \`strongroom headers --for cloudfront\`. Details: ${DOCUMENTATION}/guides/hosting.md#aws-amplify-hosting`,
};

/** The formats, by the value of `--for`. */
const FORMATS = {
  azure: {
    print: (settings) => `${azure(settings)}\n`,
    origin: ["https://*.azurestaticapps.net"],
    also: "It needs a function. Run: npx --no-install strongroom headers --for azure-function > api/src/functions/strongroom.js",
    vaultOrigin: { print: azureVault, file: "staticwebapp.config.json" },
  },
  "azure-function": { print: azureFunction, origin: "none" },
  cloudflare: {
    print: cloudflare,
    origin: "request",
    vaultOrigin: { print: cloudflareVault, file: "functions/_middleware.js" },
  },
  cloudfront: {
    print: cloudfront,
    origin: ["https://*.cloudfront.net"],
    vaultOrigin: { print: cloudfrontVault, file: "strongroom.yaml" },
  },
  firebase: {
    print: (settings) => `${firebase(settings)}\n`,
    origin: ["https://*.web.app", "https://*.firebaseapp.com"],
    also: "It needs a function. Run: npx --no-install strongroom headers --for firebase-function >> functions/index.js",
    vaultOrigin: { print: firebaseVault, file: "firebase.json" },
  },
  "firebase-function": { print: firebaseFunction, origin: "none" },
  nginx: {
    print: nginx,
    origin: "request",
    vaultOrigin: { print: nginxVault, file: "strongroom.conf" },
  },
  netlify: {
    print: netlify,
    origin: "request",
    vaultOrigin: { print: netlifyVault, file: "netlify/edge-functions/strongroom.js" },
  },
  vercel: {
    print: vercel,
    origin: ["https://*.vercel.app"],
    also: `It needs a page in your public folder. Run: npx --no-install strongroom headers --for page > public/${PAGE_FILE}`,
    vaultOrigin: { print: vercelVault, file: "vercel.json" },
  },
  vite: { print: vite, origin: "none" },
  page: { print: ({ rules }) => kindsOf(rules).endpoints.page.body, origin: "none" },
  json: {
    print: ({ rules }) => `${json(rules)}\n`,
    origin: [],
    vaultOrigin: { print: (rules) => `${json(rules)}\n`, file: "headers.json" },
  },
} satisfies Record<string, Format>;

export type Host = keyof typeof FORMATS | keyof typeof REFUSED;

export const HOSTS = [...Object.keys(REFUSED), ...Object.keys(FORMATS)] as Host[];

/** The formats for a vault origin. */
const VAULT_FORMATS = new Map(
  Object.entries<Format>(FORMATS).flatMap(([host, { vaultOrigin }]) =>
    vaultOrigin ? [[host, vaultOrigin] as const] : [],
  ),
);

export const VAULT_HOSTS: readonly string[] = [...VAULT_FORMATS.keys()];

/** The files of all hosts below the folder of a vault origin. */
export const HOST_FILES = [...VAULT_FORMATS.values()].map(({ file }) => file);

/** The settings of a host for the vault origin with this configuration, and the file that has them. */
export function settingsOfVaultOrigin(
  host: string,
  configuration: VaultConfig,
): { file: string; text: string } {
  const format = VAULT_FORMATS.get(host);
  if (!format) {
    throw new Stop(
      EXIT.usage,
      `--for ${host} is for an app's own origin, but this configuration has \`apps\`: it is for a vault origin. Use one of: ${VAULT_HOSTS.join(", ")}.`,
    );
  }
  const rules = valid(() =>
    vaultOriginRules({ apps: configuration.apps ?? [], ...hostOptionsOf(configuration) }),
  );
  return { file: format.file, text: format.print(rules) };
}

export interface HeadersOptions extends Omit<WhereConfigured, "origin"> {
  for: Host;
  /** The app's origins. */
  origin?: string[];
  /** Paths of the worker scripts, if they are not at the root. */
  worker?: string[];
  /** Further sources of the app's policy. */
  policy?: NonNullable<HostOptions["policy"]>;
}

export async function headers(given: HeadersOptions, surroundings: Surroundings): Promise<void> {
  if (given.for in REFUSED) throw new Stop(EXIT.usage, REFUSED[given.for as keyof typeof REFUSED]);
  const format: Format = FORMATS[given.for as keyof typeof FORMATS];
  const { origin: named = [], ...where } = given;
  // Relative URLs of the configuration have no meaning on an origin with a wildcard.
  const first = named.find((each) => !each.includes("*"));
  const { configuration, script } = await vaultConfiguration(
    { ...where, ...(first === undefined ? {} : { origin: first }) },
    surroundings,
  );
  if (configuration.apps) {
    if (given.origin || given.worker || given.policy) {
      throw new Stop(
        EXIT.usage,
        "--origin, --worker and --allow are for an app's own origin, but this configuration has `apps`: it is for a vault origin, whose rules are fixed. Remove these flags.",
      );
    }
    surroundings.out(settingsOfVaultOrigin(given.for, configuration).text);
    return;
  }
  const origin = originsFor(given, format);
  const workers = given.worker ?? [`/${script}`];
  const options: HostOptions = {
    ...(origin ? { origin } : {}),
    ...hostOptionsOf(configuration, workers[0]),
    workers,
    ...(given.policy ? { policy: given.policy } : {}),
  };
  surroundings.out(format.print({ options, rules: valid(() => hostRules(options)) }));
  if (format.also) surroundings.say(format.also);
}

function originsFor({ origin, for: host }: HeadersOptions, format: Format): string[] | undefined {
  if (format.origin === "none") return undefined;
  if (format.origin === "request") return origin ?? [REQUEST_ORIGIN];
  if (origin) return [...new Set([...origin, ...format.origin])];
  const own = format.origin.length > 0 ? ` ${format.origin.join(", ")} is added automatically.` : "";
  throw new Stop(
    EXIT.usage,
    `--for ${host} needs the app's origin, such as --origin https://app.example.com. The policy then allows only the worker script as a worker. Repeat the flag for each origin; https://*.example.com covers previews.${own}`,
  );
}

/** The rules that `make` returns, or the reason why there are none. */
function valid(make: () => HostRule[]): HostRule[] {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Stop(EXIT.usage, error.message);
  }
}
